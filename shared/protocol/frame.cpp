// SPDX-License-Identifier: MIT
#include "shared/protocol/frame.h"

#include "shared/protocol/hmac_signer.h"

#include <algorithm>
#include <new>

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

thread_local std::size_t Frame::memory_ = 0;

Frame::Frame(std::string_view head, std::string_view payload) {
    const std::size_t size = head.size() + payload.size();
    void *memory = ::operator new(sizeof(Shared) + size);
    shared_ = new (memory) Shared{1, size};
    memory_ += memoryOf(size);
    char *bytes = reinterpret_cast<char *>(shared_ + 1);
    std::copy(payload.begin(), payload.end(), std::copy(head.begin(), head.end(), bytes));
}

void Frame::release() {
    memory_ -= memoryOf(shared_->size);
    ::operator delete(shared_);
}

Frame textFrame(std::string_view payload) {
    std::string head{kFinalText};
    if (payload.size() <= kShort) {
        head += static_cast<char>(payload.size());
    } else if (payload.size() <= kMedium) {
        head += static_cast<char>(126);
        appendBigEndian(head, payload.size(), 2);
    } else {
        head += static_cast<char>(127);
        appendBigEndian(head, payload.size(), 8);
    }
    return Frame(head, payload);
}

Frame pingFrame() {
    return Frame({"\x89\x00", 2});
}

Frame pongFrame(std::string_view payload) {
    payload = payload.substr(0, kShort);
    return Frame(std::string{'\x8a', static_cast<char>(payload.size())}, payload);
}

Frame closeFrame(std::uint16_t code, std::string_view reason) {
    if (code == kNoStatus)
        return Frame({"\x88\x00", 2});
    reason = reason.substr(0, kShort - 2);
    std::string head{'\x88', static_cast<char>(reason.size() + 2)};
    appendBigEndian(head, code, 2);
    return Frame(head, reason);
}

std::string maskedFrame(const Frame &frame) {
    constexpr std::size_t kKeyBytes = 4;
    const std::string key = randomText(kKeyBytes, "abcdefghijklmnopqrstuvwxyz0123456789");
    const unsigned length = static_cast<unsigned char>(frame.data()[1]);
    const std::size_t headSize = length <= kShort ? 2 : length == 126 ? 4 : 10;
    std::string bytes = std::string(frame.bytes().substr(0, headSize)) + key;
    bytes[1] = static_cast<char>(length | 0x80);
    for (std::size_t i = headSize; i < frame.size(); i++)
        bytes += static_cast<char>(frame.data()[i] ^ key[(i - headSize) % kKeyBytes]);
    return bytes;
}

} // namespace pregon
