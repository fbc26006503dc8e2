// SPDX-License-Identifier: MIT
#include "shared/protocol/ws_decoder.h"

#include "shared/json/json_scan.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr unsigned kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10;
constexpr std::uint16_t kProtocolError = 1002, kNoStatus = 1005, kNotUtf8 = 1007, kTooBig = 1009;
constexpr std::size_t kMaxControl = 125;

CloseReason protocolError(const char *reason) {
    return {kProtocolError, reason};
}

bool isKnownOpcode(unsigned opcode) {
    return opcode <= kBinary || (opcode >= kClose && opcode <= kPong);
}

/// Codes that may stand in a Close frame (RFC 6455 §7.4).
bool isValidCloseCode(unsigned code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

std::uint64_t bigEndian(const unsigned char *bytes, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/// Of a fragment that others follow; a client's is masked with zeros.
std::string fragmentHeader(unsigned opcode, std::size_t size, WsSender sender) {
    const unsigned mask = sender == WsSender::Client ? 0x80 : 0;
    const unsigned lengthBytes = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
    const std::size_t length = lengthBytes == 0 ? size : lengthBytes == 2 ? 126 : 127;
    std::string bytes{static_cast<char>(opcode), static_cast<char>(mask | length)};
    for (unsigned i = lengthBytes; i > 0; i--)
        bytes += static_cast<char>(static_cast<std::uint64_t>(size) >> (8 * (i - 1)));
    return bytes.append(mask != 0 ? 4 : 0, '\0');
}

} // namespace

std::optional<CloseReason> WsDecoder::feed(std::span<char> bytes, std::size_t maxMessage,
                                           WsHandler &handler) {
    while (!bytes.empty() && !isEnded_) {
        if (!inPayload_) {
            if (!takeHeader(bytes))
                return std::nullopt;
            if (auto failed = beginFrame(maxMessage))
                return failed;
        }
        if (auto failed = takePayload(bytes, handler))
            return failed;
    }
    return std::nullopt;
}

std::string WsDecoder::unfinished() const {
    const std::string_view message = pieces_ != nullptr ? pieces_->message : std::string_view();
    const std::string_view control = pieces_ != nullptr ? pieces_->control : std::string_view();
    const bool isFirst = inPayload_ && (opcode() == kText || opcode() == kBinary);
    std::size_t whole = message.size(); // of it in fragments that are complete
    if (inPayload_ && !isControl())
        whole -= static_cast<std::size_t>(taken_);

    std::string bytes;
    if (messageOpcode_ != 0 && !isFirst) // one fragment instead of so many
        bytes = fragmentHeader(messageOpcode_, whole, sender_).append(message.substr(0, whole));
    bytes.append(reinterpret_cast<const char *>(header_.data()), headerSize_);
    if (!inPayload_)
        return bytes;
    const std::string_view part = isControl() ? control : message.substr(whole);
    for (std::size_t i = 0; i < part.size(); i++)
        bytes += isMasked() ? static_cast<char>(part[i] ^ header_[headerLength() - 4 + (i & 3)])
                            : part[i];
    return bytes;
}

/// True once the header is whole.
bool WsDecoder::takeHeader(std::span<char> &bytes) {
    while (headerSize_ < 2 || headerSize_ < headerLength()) {
        if (bytes.empty())
            return false;
        header_[headerSize_++] = static_cast<unsigned char>(bytes.front());
        bytes = bytes.subspan(1);
        if (headerSize_ == 2 && !isMaskedRight())
            return true; // refused before the rest of its header is waited for
    }
    return true;
}

/// By the second byte: two bytes, the longer lengths, four of the key if there is one.
std::size_t WsDecoder::headerLength() const {
    const unsigned length = header_[1] & 0x7f;
    return 2u + (length == 126 ? 2 : length == 127 ? 8 : 0) + (isMasked() ? 4 : 0);
}

WsDecoder::Failure WsDecoder::beginFrame(std::size_t maxMessage) {
    if (auto failed = checkFrame())
        return failed;
    const unsigned length = header_[1] & 0x7f;
    frameLength_ = length == 126   ? bigEndian(&header_[2], 2)
                   : length == 127 ? bigEndian(&header_[2], 8)
                                   : length;
    if ((length == 126 && frameLength_ < 126) || (length == 127 && frameLength_ <= 0xffff))
        return protocolError("length not in its shortest form");
    if (!isControl() && frameLength_ > maxMessage - std::min(maxMessage, messageSize()))
        return CloseReason{kTooBig, "Maximum message size exceeded"};
    if (opcode() == kText || opcode() == kBinary)
        messageOpcode_ = static_cast<std::uint8_t>(opcode());
    taken_ = 0;
    inPayload_ = true;
    return std::nullopt;
}

WsDecoder::Failure WsDecoder::checkFrame() const {
    if (!isMaskedRight())
        return protocolError(isMasked() ? "frame masked" : "frame not masked");
    if ((header_[0] & 0x70) != 0)
        return protocolError("reserved bits set");
    if (!isKnownOpcode(opcode()))
        return protocolError("reserved opcode");
    if (isControl() && (!isFinal() || (header_[1] & 0x7f) > kMaxControl))
        return protocolError("malformed control frame");
    if (opcode() == kContinuation && messageOpcode_ == 0)
        return protocolError("continuation of nothing");
    if ((opcode() == kText || opcode() == kBinary) && messageOpcode_ != 0)
        return protocolError("message inside a message");
    return std::nullopt;
}

WsDecoder::Failure WsDecoder::takePayload(std::span<char> &bytes, WsHandler &handler) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), frameLength_ - taken_));
    if (isMasked()) {
        const unsigned char *key = &header_[headerLength() - 4];
        for (std::size_t i = 0; i < count; i++)
            bytes[i] = static_cast<char>(bytes[i] ^ key[(taken_ + i) & 3]);
    }
    const std::string_view part(bytes.data(), count);
    bytes = bytes.subspan(count);
    taken_ += count;

    if (taken_ < frameLength_) {
        collect(part);
        return checkCollected();
    }
    inPayload_ = false;
    headerSize_ = 0;
    if (!hasCollected() && (isControl() || isFinal()))
        return endFrame(part, handler);
    const std::string_view whole = collect(part);
    if (auto failed = checkCollected())
        return failed;
    return endFrame(whole, handler);
}

/// Text that cannot become UTF-8 any more is refused before the rest of it is waited for.
WsDecoder::Failure WsDecoder::checkCollected() {
    if (isControl() || messageOpcode_ != kText)
        return std::nullopt;
    const auto whole = wholeCharacters(std::string_view(pieces_->message).substr(pieces_->checked));
    if (!whole)
        return CloseReason{kNotUtf8, "Invalid UTF-8"};
    pieces_->checked += *whole;
    return std::nullopt;
}

bool WsDecoder::hasCollected() const {
    return pieces_ != nullptr && !(isControl() ? pieces_->control : pieces_->message).empty();
}

/// Adds the part to what has come of the control frame, or of the message, and returns all of it.
std::string_view WsDecoder::collect(std::string_view part) {
    if (pieces_ == nullptr)
        pieces_ = std::make_unique<Pieces>();
    return (isControl() ? pieces_->control : pieces_->message) += part;
}

WsDecoder::Failure WsDecoder::endFrame(std::string_view payload, WsHandler &handler) {
    if (isControl()) {
        auto failed = endControl(payload, handler);
        forget(&Pieces::control);
        return failed;
    }
    if (!isFinal())
        return std::nullopt;
    auto failed = endMessage(payload, handler);
    forget(&Pieces::message);
    return failed;
}

/// Gives the memory back.
void WsDecoder::forget(std::string Pieces::*one) {
    if (pieces_ == nullptr)
        return;
    (*pieces_).*one = std::string();
    if (pieces_->message.empty())
        pieces_->checked = 0;
    if (pieces_->message.empty() && pieces_->control.empty())
        pieces_.reset();
}

WsDecoder::Failure WsDecoder::endControl(std::string_view payload, WsHandler &handler) {
    if (opcode() == kClose)
        return endClose(payload, handler);
    if (opcode() == kPing)
        handler.onPing(payload);
    else
        handler.onPong();
    return std::nullopt;
}

WsDecoder::Failure WsDecoder::endClose(std::string_view payload, WsHandler &handler) {
    isEnded_ = true;
    if (payload.empty()) {
        handler.onClose(kNoStatus, "");
        return std::nullopt;
    }
    const auto *bytes = reinterpret_cast<const unsigned char *>(payload.data());
    if (payload.size() < 2 || !isValidCloseCode(static_cast<unsigned>(bigEndian(bytes, 2))))
        return protocolError("malformed Close");
    if (!isValidUtf8(payload.substr(2)))
        return CloseReason{kNotUtf8, "Invalid UTF-8"};
    handler.onClose(static_cast<std::uint16_t>(bigEndian(bytes, 2)), payload.substr(2));
    return std::nullopt;
}

WsDecoder::Failure WsDecoder::endMessage(std::string_view message, WsHandler &handler) {
    const bool isBinary = messageOpcode_ == kBinary;
    messageOpcode_ = 0;
    if (!isBinary && !isValidUtf8(message))
        return CloseReason{kNotUtf8, "Invalid UTF-8"};
    handler.onMessage(message, isBinary);
    return std::nullopt;
}

} // namespace pregon
