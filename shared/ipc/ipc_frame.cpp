// SPDX-License-Identifier: MIT
#include "shared/ipc/ipc_frame.h"

namespace pregon {
namespace {

constexpr std::size_t kHeader = 12;

void append32(std::string &out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(value >> shift);
}

std::uint32_t read32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; i++)
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return value;
}

bool isKnownType(std::uint8_t type) {
    switch (static_cast<IpcType>(type)) {
    case IpcType::Publish:
    case IpcType::Status:
    case IpcType::Reply:
    case IpcType::Channels:
    case IpcType::ChannelInfo:
    case IpcType::Users:
    case IpcType::Terminate:
    case IpcType::Connections:
    case IpcType::Drain:
    case IpcType::Tail:
    case IpcType::TailEvent:
    case IpcType::ListConnections:
    case IpcType::ListChannels:
    case IpcType::Upgrade:
    case IpcType::ReplyPart:
    case IpcType::HookEvents:
    case IpcType::HookList:
    case IpcType::HookTest:
    case IpcType::HookResend:
        return true;
    }
    return false;
}

Result<Done> checkHeader(std::string_view header) {
    if (read32(header) > kMaxIpcPayload)
        return failure(Errc::TooLarge, "ipc payload too large");
    if (static_cast<std::uint8_t>(header[4]) != kIpcVersion)
        return failure(Errc::BadRequest, "ipc version differs: update both programs");
    if (!isKnownType(static_cast<std::uint8_t>(header[5])) || header[6] != 0 || header[7] != 0)
        return failure(Errc::BadRequest, "ipc header malformed");
    return Done{};
}

} // namespace

std::string encodeIpcFrame(const IpcFrame &frame) {
    std::string bytes;
    bytes.reserve(kHeader + frame.payload.size());
    append32(bytes, static_cast<std::uint32_t>(frame.payload.size()));
    bytes += static_cast<char>(kIpcVersion);
    bytes += static_cast<char>(frame.type);
    bytes += '\0';
    bytes += '\0';
    append32(bytes, frame.requestId);
    bytes += frame.payload;
    return bytes;
}

std::string encodeIpcReply(std::uint32_t requestId, std::string_view payload) {
    std::string bytes;
    for (; payload.size() > kMaxIpcPayload; payload.remove_prefix(kMaxIpcPayload))
        bytes += encodeIpcFrame(
            {IpcType::ReplyPart, requestId, std::string(payload.substr(0, kMaxIpcPayload))});
    return bytes + encodeIpcFrame({IpcType::Reply, requestId, std::string(payload)});
}

Result<std::optional<IpcFrame>> IpcFrameDecoder::next() {
    const std::string_view waiting = std::string_view(buffer_).substr(start_);
    if (waiting.size() < kHeader)
        return std::nullopt;
    if (const auto valid = checkHeader(waiting.substr(0, kHeader)); !valid)
        return tl::unexpected<Error>(valid.error());
    const std::size_t length = read32(waiting);
    if (waiting.size() < kHeader + length)
        return std::nullopt;
    IpcFrame frame{static_cast<IpcType>(waiting[5]), read32(waiting.substr(8)),
                   std::string(waiting.substr(kHeader, length))};
    start_ += kHeader + length;
    if (start_ == buffer_.size() || start_ > 65536) {
        buffer_.erase(0, start_);
        start_ = 0;
    }
    return frame;
}

} // namespace pregon
