// SPDX-License-Identifier: MIT
#include "shared/log/visible_text.h"

#include "shared/json/json_scan.h"

#include <algorithm>
#include <cstdint>

namespace pregon {
namespace {

struct Range {
    std::uint32_t first, last;
};

/// Controls, ends of a line, marks and overrides of direction, the byte order mark.
constexpr Range kUnseen[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},  {0x200e, 0x200f},
                             {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};

unsigned char byteAt(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

bool isContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// The character that begins at `at`; empty if that is no UTF-8.
std::string_view characterAt(std::string_view text, std::size_t at) {
    const unsigned char lead = byteAt(text, at);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const std::string_view character = text.substr(at, length);
    return isValidUtf8(character) ? character : std::string_view();
}

std::uint32_t codePointOf(std::string_view character) {
    if (character.size() == 1)
        return byteAt(character, 0);
    std::uint32_t code = byteAt(character, 0) & (0xffu >> (character.size() + 1));
    for (std::size_t i = 1; i < character.size(); i++)
        code = code << 6 | (byteAt(character, i) & 0x3fu);
    return code;
}

bool isSeen(std::string_view character) {
    const std::uint32_t code = codePointOf(character);
    return std::none_of(std::begin(kUnseen), std::end(kUnseen), [&](const Range &range) {
        return code >= range.first && code <= range.last;
    });
}

void appendBytes(std::string &to, std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); i++) {
        to += "\\x";
        to += kHex[byteAt(bytes, i) / 16];
        to += kHex[byteAt(bytes, i) % 16];
    }
}

} // namespace

void appendVisible(std::string &to, std::string_view text, std::string_view quoted) {
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view character = characterAt(text, at);
        const std::string_view taken = character.empty() ? text.substr(at, 1) : character;
        at += taken.size();
        if (character.empty() || !isSeen(character)) {
            appendBytes(to, taken);
            continue;
        }
        if (quoted.find(character) != std::string_view::npos)
            to += '\\';
        to += character;
    }
}

std::string_view beginningOf(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes)
        return text;
    std::size_t end = bytes;
    while (end > 0 && bytes - end < 3 && isContinuation(text[end]))
        end--;
    return text.substr(0, end);
}

} // namespace pregon
