// SPDX-License-Identifier: MIT
#include "shared/config/dotenv_entry.h"

#include "shared/ascii.h"

#include <algorithm>
#include <cwctype>
#include <locale.h>

namespace pregon {
namespace {

/// As PCRE's \s and PHP's ctype_space().
bool isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::size_t characterLength(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::size_t characterCount(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The code point of a whole character of more than one byte.
wint_t codePoint(std::string_view character) {
    auto point = static_cast<wint_t>(static_cast<unsigned char>(character[0]) &
                                     (0xFFU >> (character.size() + 1)));
    for (const char c : character.substr(1))
        point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    return point;
}

/// \p{Ll}, \p{Lu} and \p{M}, by the tables of the C library.
bool isLetterOrMark(std::string_view character) {
    static const locale_t kLocale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (kLocale == nullptr)
        return false;
    static const wctype_t kMark = ::wctype_l("combining", kLocale);
    const wint_t point = codePoint(character);
    return ::iswupper_l(point, kLocale) != 0 || ::iswlower_l(point, kLocale) != 0 ||
           ::iswctype_l(point, kMark, kLocale) != 0;
}

bool isValidName(std::string_view name) {
    if (name.empty())
        return false;
    while (!name.empty()) {
        const std::size_t length = std::min(characterLength(name[0]), name.size());
        if (length == 1 ? !isWordCharacter(name[0]) && name[0] != '.'
                        : !isLetterOrMark(name.substr(0, length)))
            return false;
        name.remove_prefix(length);
    }
    return true;
}

/// Without `export` and quotes. `export A` stays as it is: phpdotenv asks for more than 8
/// characters.
std::string_view plainName(std::string_view name) {
    constexpr std::string_view kExport = "export";
    if (characterCount(name) > 8 && name.starts_with(kExport) && isSpace(name[kExport.size()])) {
        name.remove_prefix(kExport.size());
        name.remove_prefix(std::min(name.find_first_not_of(kPhpBlanks), name.size()));
    }
    const bool isQuoted = characterCount(name) >= 3 && name.front() == name.back() &&
                          (name.front() == '"' || name.front() == '\'');
    return isQuoted ? name.substr(1, name.size() - 2) : name;
}

/// phpdotenv's automaton over the tokens of a value.
class ValueParser {
  public:
    explicit ValueParser(DotenvAssignment &target) : target_(target) { target_.value = ""; }

    std::optional<DotenvError> parse(std::string_view text) {
        while (!text.empty()) {
            const std::string_view token = text.substr(0, tokenLength(text));
            if (const auto error = take(token))
                return error;
            text.remove_prefix(token.size());
        }
        if (state_ == State::SingleQuoted || state_ == State::DoubleQuoted ||
            state_ == State::Escape)
            return DotenvError::MissingQuote;
        return std::nullopt;
    }

  private:
    enum class State { Initial, Unquoted, SingleQuoted, DoubleQuoted, Escape, Behind, Comment };

    static bool isLineEnd(char c) { return c == '\r' || c == '\n'; }
    static bool isMark(char c) {
        return std::string_view("\\'\"#$").find(c) != std::string_view::npos;
    }

    /// A mark by itself, or up to 1000 of line ends, of blanks, or of anything else.
    static std::size_t tokenLength(std::string_view text) {
        const char first = text[0];
        if (isMark(first))
            return 1;
        const auto belongs = [first](char c) {
            if (isSpace(first))
                return isSpace(c) && isLineEnd(c) == isLineEnd(first);
            return !isSpace(c) && !isMark(c);
        };
        std::size_t length = 1;
        while (length < std::min<std::size_t>(text.size(), 1000) && belongs(text[length]))
            length++;
        return length;
    }

    std::optional<DotenvError> take(std::string_view token) {
        switch (state_) {
        case State::Initial:
            return takeFirst(token);
        case State::Unquoted:
            return takeUnquoted(token);
        case State::SingleQuoted:
            return token == "'" ? enter(State::Behind) : append(token, State::SingleQuoted);
        case State::DoubleQuoted:
            return takeDoubleQuoted(token);
        case State::Escape:
            return takeEscape(token);
        case State::Behind:
            if (token == "#")
                return enter(State::Comment);
            return isSpace(token[0]) ? std::nullopt : std::optional(DotenvError::UnexpectedText);
        case State::Comment:
            return std::nullopt;
        }
        return std::nullopt;
    }

    std::optional<DotenvError> takeFirst(std::string_view token) {
        if (token == "'")
            return enter(State::SingleQuoted);
        if (token == "\"")
            return enter(State::DoubleQuoted);
        return token == "#" ? enter(State::Comment) : append(token, State::Unquoted);
    }

    std::optional<DotenvError> takeUnquoted(std::string_view token) {
        if (token == "#")
            return enter(State::Comment);
        return isSpace(token[0]) ? enter(State::Behind) : append(token, State::Unquoted);
    }

    std::optional<DotenvError> takeDoubleQuoted(std::string_view token) {
        if (token == "\"")
            return enter(State::Behind);
        return token == "\\" ? enter(State::Escape) : append(token, State::DoubleQuoted);
    }

    std::optional<DotenvError> takeEscape(std::string_view token) {
        constexpr std::string_view kLetters = "fnrtv", kMeanings = "\f\n\r\t\v";
        state_ = State::DoubleQuoted;
        if (token == "\"" || token == "\\" || token == "$") {
            *target_.value += token;
            return std::nullopt;
        }
        const std::size_t letter = kLetters.find(token[0]);
        if (letter == std::string_view::npos)
            return DotenvError::UnexpectedEscape;
        *target_.value += kMeanings[letter];
        *target_.value += token.substr(1);
        return std::nullopt;
    }

    std::optional<DotenvError> enter(State state) {
        state_ = state;
        return std::nullopt;
    }

    std::optional<DotenvError> append(std::string_view token, State state) {
        if (token == "$" && state != State::SingleQuoted)
            target_.dollars.push_back(target_.value->size());
        *target_.value += token;
        return enter(state);
    }

    DotenvAssignment &target_;
    State state_ = State::Initial;
};

} // namespace

std::string_view phpTrim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kPhpBlanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kPhpBlanks) - first + 1);
}

tl::expected<DotenvAssignment, DotenvRefusal> parseDotenvEntry(std::string_view text) {
    const std::size_t equals = text.find('=');
    const bool hasValue = equals != std::string_view::npos;
    const std::string_view written = hasValue ? phpTrim(text.substr(0, equals)) : text;
    if (written.empty())
        return tl::unexpected(DotenvRefusal{DotenvError::UnexpectedEquals, {}});
    DotenvAssignment assignment;
    assignment.name = plainName(written);
    if (!isValidName(assignment.name))
        return tl::unexpected(DotenvRefusal{DotenvError::InvalidName, {}});
    if (!hasValue)
        return assignment;
    if (const auto error = ValueParser(assignment).parse(phpTrim(text.substr(equals + 1))))
        return tl::unexpected(DotenvRefusal{*error, assignment.name});
    return assignment;
}

} // namespace pregon
