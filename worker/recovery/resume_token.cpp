// SPDX-License-Identifier: MIT
#include "worker/recovery/resume_token.h"

#include <algorithm>
#include <charconv>

namespace pregon {
namespace {

constexpr std::size_t kMaxStamp = 11;
constexpr std::size_t kMaxRandom = 32;
constexpr int kBase = 36;

bool isStampCharacter(char character) {
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z');
}

bool isRandomCharacter(char character) {
    return isStampCharacter(character) || (character >= 'A' && character <= 'Z') ||
           character == '_' || character == '-';
}

bool isWordOf(std::string_view text, std::size_t most, bool (*isAllowed)(char)) {
    return !text.empty() && text.size() <= most && std::ranges::all_of(text, isAllowed);
}

} // namespace

std::optional<ResumeToken> parseResumeToken(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos)
        return std::nullopt;
    const std::string_view stamp = text.substr(0, dot);
    if (!isWordOf(stamp, kMaxStamp, isStampCharacter) ||
        !isWordOf(text.substr(dot + 1), kMaxRandom, isRandomCharacter))
        return std::nullopt;
    std::int64_t madeAt = 0; // 11 digits always fit
    std::from_chars(stamp.data(), stamp.data() + stamp.size(), madeAt, kBase);
    return ResumeToken{text, stamp, madeAt};
}

std::optional<KeyWithToken> splitKey(std::string_view text) {
    const std::size_t mark = text.rfind('~');
    if (mark == std::string_view::npos || mark == 0)
        return std::nullopt;
    const auto token = parseResumeToken(text.substr(mark + 1));
    if (!token)
        return std::nullopt;
    return KeyWithToken{text.substr(0, mark), *token};
}

} // namespace pregon
