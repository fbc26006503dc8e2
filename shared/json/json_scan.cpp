// SPDX-License-Identifier: MIT
#include "shared/json/json_scan.h"

#include "shared/ascii.h"

#include <bitset>
#include <cstdint>

namespace pregon {
namespace {

/// Bytes of the UTF-8 sequence at `at`, 0 if it is malformed.
std::size_t utf8Length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) -> unsigned {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
    };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
    const unsigned first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        if (!follows(1) || !follows(2) || (first == 0xe0 && byte(1) < 0xa0) ||
            (first == 0xed && byte(1) > 0x9f))
            return 0;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (!follows(1) || !follows(2) || !follows(3) || (first == 0xf0 && byte(1) < 0x90) ||
            (first == 0xf4 && byte(1) > 0x8f))
            return 0;
        return 4;
    }
    return 0;
}

/// Could more bytes make one character of it?
bool isCutCharacter(std::string_view bytes) {
    if (bytes.empty() || bytes.size() > 3)
        return false;
    for (const char fill : {'\x80', '\xbf'})
        if (utf8Length(std::string(bytes).append(3, fill), 0) > bytes.size())
            return true;
    return false;
}

/// The four hex digits at the start of `text`, -1 if they are not.
std::int32_t hexQuad(std::string_view text) {
    if (text.size() < 4)
        return -1;
    std::int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const int digit = hexDigit(text[static_cast<std::size_t>(i)]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

bool isHighSurrogate(std::int32_t unit) {
    return unit >= 0xd800 && unit <= 0xdbff;
}

bool isLowSurrogate(std::int32_t unit) {
    return unit >= 0xdc00 && unit <= 0xdfff;
}

void appendUtf8(std::string &out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
        return;
    }
    if (point < 0x800) {
        out += static_cast<char>(0xc0 | (point >> 6));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | (point >> 12));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | (point >> 18));
        out += static_cast<char>(0x80 | ((point >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
    }
    out += static_cast<char>(0x80 | (point & 0x3f));
}

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    /// One value of any kind, `levelsAbove` deep, checked to its end; Missing on malformed text.
    JsonSlice value(std::size_t levelsAbove) {
        skipSpace();
        maxDepth_ = kMaxJsonDepth - levelsAbove;
        const std::size_t start = at_;
        const JsonKind kind = skipValue();
        if (kind == JsonKind::Missing)
            return {};
        return {kind, text_.substr(start, at_ - start)};
    }

    bool take(char c) {
        skipSpace();
        if (peek() != c)
            return false;
        at_++;
        return true;
    }

    bool atEnd() {
        skipSpace();
        return at_ == text_.size();
    }

    JsonSlice string() {
        skipSpace();
        const std::size_t start = at_;
        if (!skipString())
            return {};
        return {JsonKind::String, text_.substr(start, at_ - start)};
    }

  private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skipSpace() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r'))
            at_++;
    }

    bool skipWord(std::string_view word) {
        if (text_.substr(at_, word.size()) != word)
            return false;
        at_ += word.size();
        return true;
    }

    bool skipDigits() {
        const std::size_t start = at_;
        while (peek() >= '0' && peek() <= '9')
            at_++;
        return at_ > start;
    }

    bool skipNumber() {
        if (peek() == '-')
            at_++;
        if (peek() == '0')
            at_++;
        else if (!skipDigits())
            return false;
        if (peek() == '.') {
            at_++;
            if (!skipDigits())
                return false;
        }
        if (peek() != 'e' && peek() != 'E')
            return true;
        at_++;
        if (peek() == '+' || peek() == '-')
            at_++;
        return skipDigits();
    }

    bool skipUnicodeEscape() {
        const std::int32_t unit = hexQuad(text_.substr(at_));
        if (unit < 0 || isLowSurrogate(unit))
            return false;
        at_ += 4;
        if (!isHighSurrogate(unit))
            return true;
        if (!skipWord("\\u") || !isLowSurrogate(hexQuad(text_.substr(at_))))
            return false;
        at_ += 4;
        return true;
    }

    bool skipEscape() {
        at_++;
        const char c = peek();
        at_++;
        switch (c) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            return true;
        case 'u':
            return skipUnicodeEscape();
        default:
            return false;
        }
    }

    bool skipString() {
        if (peek() != '"')
            return false;
        at_++;
        while (at_ < text_.size()) {
            const auto c = static_cast<unsigned char>(text_[at_]);
            if (c == '"') {
                at_++;
                return true;
            }
            if (c < 0x20)
                return false;
            if (c == '\\') {
                if (!skipEscape())
                    return false;
            } else {
                const std::size_t length = utf8Length(text_, at_);
                if (length == 0)
                    return false;
                at_ += length;
            }
        }
        return false;
    }

    JsonKind skipScalar() {
        switch (peek()) {
        case '"':
            return skipString() ? JsonKind::String : JsonKind::Missing;
        case 'n':
            return skipWord("null") ? JsonKind::Null : JsonKind::Missing;
        case 't':
            return skipWord("true") ? JsonKind::Boolean : JsonKind::Missing;
        case 'f':
            return skipWord("false") ? JsonKind::Boolean : JsonKind::Missing;
        default:
            return skipNumber() ? JsonKind::Number : JsonKind::Missing;
        }
    }

    bool skipMemberName() {
        skipSpace();
        return skipString() && take(':');
    }

    /// Opens the array or object at `at_`. False on malformed text; `open` tells whether it still
    /// waits for a value.
    bool enter(std::size_t &depth, bool &open) {
        if (depth == maxDepth_)
            return false;
        const bool object = text_[at_] == '{';
        at_++;
        skipSpace();
        open = true;
        if (peek() == (object ? '}' : ']')) {
            at_++;
            open = false;
            return true;
        }
        isObject_[depth++] = object;
        return !object || skipMemberName();
    }

    /// Behind a complete value inside `depth` levels: closes what ends here. False on malformed
    /// text.
    bool leave(std::size_t &depth) {
        while (depth > 0) {
            const bool object = isObject_[depth - 1];
            if (take(','))
                return !object || skipMemberName();
            if (!take(object ? '}' : ']'))
                return false;
            depth--;
        }
        return true;
    }

    /// Iterative: the depth of the text must not become depth of our stack.
    JsonKind skipValue() {
        skipSpace();
        const char first = peek();
        const JsonKind outer = first == '{'   ? JsonKind::Object
                               : first == '[' ? JsonKind::Array
                                              : JsonKind::Missing;
        std::size_t depth = 0;
        JsonKind kind = outer;
        do {
            skipSpace();
            bool open = false;
            if (peek() == '{' || peek() == '[') {
                if (!enter(depth, open))
                    return JsonKind::Missing;
            } else {
                kind = skipScalar();
                if (kind == JsonKind::Missing)
                    return JsonKind::Missing;
            }
            if (!open && !leave(depth))
                return JsonKind::Missing;
        } while (depth > 0);
        return outer == JsonKind::Missing ? kind : outer;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t maxDepth_ = kMaxJsonDepth;
    std::bitset<kMaxJsonDepth> isObject_;
};

tl::unexpected<Error> malformed() {
    return failure(Errc::BadRequest, "malformed JSON");
}

std::string_view withoutQuotes(std::string_view raw) {
    return raw.substr(1, raw.size() - 2);
}

bool namesEqual(std::string_view raw, std::string_view name) {
    const std::string_view inner = withoutQuotes(raw);
    if (inner.find('\\') == std::string_view::npos)
        return inner == name;
    return decodeJsonString(raw) == name;
}

/// Calls `put` with each character's bytes: the one place that knows the escapes.
template <class Put>
void forEachCharacter(std::string_view raw, Put put) {
    const std::string_view inner = withoutQuotes(raw);
    for (std::size_t i = 0; i < inner.size(); i++) {
        if (inner[i] != '\\') {
            put(static_cast<std::uint32_t>(static_cast<unsigned char>(inner[i])), true);
            continue;
        }
        const char c = inner[++i];
        if (c != 'u') {
            const std::string_view from = "bfnrt", to = "\b\f\n\r\t";
            const std::size_t known = from.find(c);
            put(static_cast<unsigned char>(known == std::string_view::npos ? c : to[known]), true);
            continue;
        }
        auto point = static_cast<std::uint32_t>(hexQuad(inner.substr(i + 1)));
        i += 4;
        if (isHighSurrogate(static_cast<std::int32_t>(point))) {
            const auto low = static_cast<std::uint32_t>(hexQuad(inner.substr(i + 3)));
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
            i += 6;
        }
        put(point, false);
    }
}

} // namespace

Result<Done> scanJsonObject(std::string_view text, std::span<const std::string_view> names,
                            std::span<JsonSlice> found) {
    Scanner scanner(text);
    if (!scanner.take('{'))
        return malformed();
    if (scanner.take('}'))
        return scanner.atEnd() ? Result<Done>(Done{}) : malformed();
    do {
        const JsonSlice name = scanner.string();
        if (name.isMissing() || !scanner.take(':'))
            return malformed();
        const JsonSlice value = scanner.value(1);
        if (value.isMissing())
            return malformed();
        for (std::size_t i = 0; i < names.size(); i++)
            if (namesEqual(name.raw, names[i]))
                found[i] = value;
    } while (scanner.take(','));
    if (!scanner.take('}') || !scanner.atEnd())
        return malformed();
    return Done{};
}

Result<Done> scanJsonArray(std::string_view text, const std::function<bool(JsonSlice)> &visit) {
    Scanner scanner(text);
    if (!scanner.take('['))
        return malformed();
    if (scanner.take(']'))
        return scanner.atEnd() ? Result<Done>(Done{}) : malformed();
    do {
        const JsonSlice element = scanner.value(1);
        if (element.isMissing())
            return malformed();
        if (!visit(element))
            return Done{};
    } while (scanner.take(','));
    if (!scanner.take(']') || !scanner.atEnd())
        return malformed();
    return Done{};
}

Result<Done> validateJson(std::string_view text) {
    Scanner scanner(text);
    if (scanner.value(0).isMissing() || !scanner.atEnd())
        return malformed();
    return Done{};
}

std::string decodeJsonString(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    forEachCharacter(raw, [&](std::uint32_t point, bool isByte) {
        if (isByte)
            out += static_cast<char>(point);
        else
            appendUtf8(out, point);
    });
    return out;
}

std::size_t decodedJsonLength(std::string_view raw) {
    std::size_t length = 0;
    forEachCharacter(raw, [&](std::uint32_t point, bool isByte) {
        length += isByte || point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    });
    return length;
}

void appendJsonString(std::string &out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

bool isValidUtf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8Length(text, at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

std::optional<std::size_t> wholeCharacters(std::string_view beginning) {
    std::size_t at = 0;
    while (at < beginning.size()) {
        const std::size_t length = utf8Length(beginning, at);
        if (length == 0)
            return isCutCharacter(beginning.substr(at)) ? std::optional(at) : std::nullopt;
        at += length;
    }
    return at;
}

std::size_t countCodePoints(std::string_view text) {
    std::size_t count = 0;
    for (char c : text)
        count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

} // namespace pregon
