// SPDX-License-Identifier: MIT
#include "fcgi/http/record_walk.h"

namespace pregon {
namespace {

// FastCGI 1.0, §3.3 and §8.
constexpr std::size_t kHeaderSize = 8;
constexpr unsigned kVersion = 1;
enum Type : unsigned { kBegin = 1, kParams = 4, kStdin = 5 };

struct Header {
    unsigned version, type;
    std::size_t content, padding;
};

Header headerAt(std::string_view bytes) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    return {byte(0), byte(1), std::size_t{byte(4)} << 8 | byte(5), byte(6)};
}

bool isUnderstood(const Header &header) {
    return header.version == kVersion &&
           (header.type == kBegin || header.type == kParams || header.type == kStdin);
}

} // namespace

bool RecordWalk::isWhole(std::string_view bytes) {
    while (next_ + kHeaderSize <= bytes.size()) {
        const Header header = headerAt(bytes.substr(next_));
        const bool isEnd = header.type == kStdin && header.content == 0;
        if (isEnd || !isUnderstood(header))
            return true;
        next_ += kHeaderSize + header.content + header.padding;
    }
    return false;
}

} // namespace pregon
