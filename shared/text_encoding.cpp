// SPDX-License-Identifier: MIT
#include "shared/text_encoding.h"

namespace pregon {
namespace {

struct Sequence {
    std::size_t length; ///< in bytes, at least 1
    bool isComplete;
};

/// The range of the second byte, which excludes overlong forms, surrogates and what is above
/// U+10FFFF (Unicode, table 3-7).
bool isSecond(unsigned char lead, unsigned char byte) {
    const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return byte >= low && byte <= high;
}

Sequence sequenceAt(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80)
        return {1, true};
    if (lead < 0xC2 || lead > 0xF4)
        return {1, false};
    const std::size_t needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    for (std::size_t i = 1; i < needed; i++) {
        const auto byte = static_cast<unsigned char>(i < text.size() ? text[i] : '\0');
        if (i == 1 ? !isSecond(lead, byte) : (byte & 0xC0) != 0x80)
            return {i, false};
    }
    return {needed, true};
}

} // namespace

std::string_view withoutByteOrderMark(std::string_view text) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

std::string replaceInvalidUtf8(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    while (!text.empty()) {
        const Sequence next = sequenceAt(text);
        if (next.isComplete)
            valid += text.substr(0, next.length);
        else
            valid += '?';
        text.remove_prefix(next.length);
    }
    return valid;
}

} // namespace pregon
