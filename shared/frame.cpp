#include "shared/frame.h"

#include "shared/hmac_signer.h"

namespace pregon {
namespace {

constexpr char kFinalText = static_cast<char>(0x81);
constexpr std::size_t kShort = 125; // longest length that fits the second byte
constexpr std::size_t kMedium = 65535;
constexpr std::uint16_t kNoStatus = 1005; // never on the wire: a Close without a code

void appendBigEndian(std::string &out, std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift);
}

} // namespace

Frame textFrame(std::string_view payload) {
    std::string bytes;
    bytes.reserve(payload.size() + 10);
    bytes += kFinalText;
    if (payload.size() <= kShort) {
        bytes += static_cast<char>(payload.size());
    } else if (payload.size() <= kMedium) {
        bytes += static_cast<char>(126);
        appendBigEndian(bytes, payload.size(), 2);
    } else {
        bytes += static_cast<char>(127);
        appendBigEndian(bytes, payload.size(), 8);
    }
    bytes += payload;
    return std::make_shared<const std::string>(std::move(bytes));
}

Frame pingFrame() {
    return std::make_shared<const std::string>("\x89\x00", 2);
}

Frame pongFrame(std::string_view payload) {
    payload = payload.substr(0, kShort);
    std::string bytes("\x8a");
    bytes += static_cast<char>(payload.size());
    bytes += payload;
    return std::make_shared<const std::string>(std::move(bytes));
}

Frame closeFrame(std::uint16_t code, std::string_view reason) {
    reason = reason.substr(0, kShort - 2);
    std::string bytes("\x88");
    if (code == kNoStatus) {
        bytes += '\0';
    } else {
        bytes += static_cast<char>(reason.size() + 2);
        appendBigEndian(bytes, code, 2);
        bytes += reason;
    }
    return std::make_shared<const std::string>(std::move(bytes));
}

std::string maskedFrame(const Frame &frame) {
    constexpr std::size_t kKeyBytes = 4;
    const std::string key = randomText(kKeyBytes, "abcdefghijklmnopqrstuvwxyz0123456789");
    const unsigned length = static_cast<unsigned char>((*frame)[1]);
    const std::size_t headSize = length <= kShort ? 2 : length == 126 ? 4 : 10;
    std::string bytes = frame->substr(0, headSize) + key;
    bytes[1] = static_cast<char>(length | 0x80);
    for (std::size_t i = headSize; i < frame->size(); i++)
        bytes += static_cast<char>((*frame)[i] ^ key[(i - headSize) % kKeyBytes]);
    return bytes;
}

} // namespace pregon
