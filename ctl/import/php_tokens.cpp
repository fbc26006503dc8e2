// SPDX-License-Identifier: MIT
#include "ctl/import/php_tokens.h"

#include "shared/ascii.h"

#include <algorithm>
#include <optional>

namespace pregon {
namespace {

using Kind = PhpToken::Kind;

constexpr std::string_view kOpen = "<?php";

/// The longest first.
constexpr std::string_view kMarks[] = {
    "<<=", ">>=", "**=", "...", "<=>", "===", "!==", "?->", "?\?=", "->", "=>", "::",
    "==",  "!=",  "<>",  "<=",  ">=",  "&&",  "||",  "??",  "++",   "--", "+=", "-=",
    "*=",  "/=",  ".=",  "%=",  "&=",  "|=",  "^=",  "<<",  ">>",   "**", "#[",
};

bool isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/// PHP takes every byte beyond ASCII for a letter.
bool isNameByte(char c) {
    return isWordCharacter(c) || static_cast<unsigned char>(c) >= 0x80;
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isNameStart(char c) {
    return isNameByte(c) && !isDigit(c);
}

/// One pass over a file. Each reader takes what it reads off the front of `rest_`.
class Tokenizer {
  public:
    explicit Tokenizer(std::string_view file) : rest_(file) {}

    Result<std::vector<PhpToken>> run() {
        if (rest_.starts_with("#!"))
            skip(std::min(rest_.find('\n'), rest_.size()));
        skipBlanks();
        const std::string_view tag = rest_.substr(0, kOpen.size());
        if (asciiLower(std::string(tag)) != kOpen || !hasBlankAt(kOpen.size()))
            return fault("expected <?php at the beginning");
        skip(kOpen.size());
        while (fault_.empty() && !rest_.empty())
            takeOne();
        if (!fault_.empty())
            return failure(Errc::BadRequest, fault_);
        return std::move(tokens_);
    }

  private:
    bool hasBlankAt(std::size_t at) const { return at >= rest_.size() || isBlank(rest_[at]); }
    char at(std::size_t index) const { return index < rest_.size() ? rest_[index] : '\0'; }

    void skip(std::size_t count) {
        const std::string_view taken = rest_.substr(0, count);
        line_ += static_cast<int>(std::count(taken.begin(), taken.end(), '\n'));
        rest_.remove_prefix(taken.size());
    }

    void skipBlanks() {
        while (!rest_.empty() && isBlank(rest_[0]))
            skip(1);
    }

    tl::unexpected<Error> fault(std::string reason) {
        if (fault_.empty())
            fault_ = "line " + std::to_string(line_) + ": " + std::move(reason);
        rest_ = {};
        return failure(Errc::BadRequest, fault_);
    }

    void add(Kind kind, std::string text, std::size_t length) {
        tokens_.push_back({kind, std::move(text), line_});
        skip(length);
    }

    void takeOne() {
        const char c = rest_[0];
        if (isBlank(c))
            skip(1);
        else if (rest_.starts_with("?>"))
            takeEnd();
        else if (rest_.starts_with("/*"))
            skipComment();
        else if (rest_.starts_with("//") || (c == '#' && at(1) != '['))
            skipLine();
        else if (c == '\'')
            takeLiteral();
        else if (c == '"')
            takeQuoted();
        else if (c == '`')
            fault("a command in backquotes");
        else if (rest_.starts_with("<<<"))
            takeHeredoc();
        else
            takeWordOrMark(c);
    }

    void takeWordOrMark(char c) {
        const auto end = [&](std::size_t from, auto isPart) {
            while (from < rest_.size() && isPart(rest_[from]))
                from++;
            return from;
        };
        if (c == '$' && isNameStart(at(1))) {
            const std::size_t length = end(1, isNameByte);
            add(Kind::Variable, std::string(rest_.substr(1, length - 1)), length);
        } else if (isNameStart(c) || (c == '\\' && isNameStart(at(1)))) {
            const std::size_t length =
                end(0, [](char one) { return isNameByte(one) || one == '\\'; });
            add(Kind::Name, std::string(rest_.substr(0, length)), length);
        } else if (isDigit(c) || (c == '.' && isDigit(at(1)))) {
            const std::size_t length =
                end(0, [](char one) { return isWordCharacter(one) || one == '.'; });
            add(Kind::Number, std::string(rest_.substr(0, length)), length);
        } else {
            const auto *mark =
                std::find_if(std::begin(kMarks), std::end(kMarks),
                             [&](std::string_view one) { return rest_.starts_with(one); });
            const std::size_t length = mark != std::end(kMarks) ? mark->size() : 1;
            add(Kind::Mark, std::string(rest_.substr(0, length)), length);
        }
    }

    /// `?>`, with nothing but blanks behind it.
    void takeEnd() {
        skip(2);
        skipBlanks();
        if (!rest_.empty())
            fault("text outside <?php … ?>");
    }

    void skipComment() {
        const std::size_t end = rest_.find("*/", 2);
        if (end == std::string_view::npos)
            fault("a comment without an end");
        else
            skip(end + 2);
    }

    /// A comment of one line ends before `?>`, too.
    void skipLine() {
        const std::size_t end = std::min(rest_.find_first_of("\r\n"), rest_.find("?>"));
        skip(std::min(end, rest_.size()));
    }

    void takeLiteral() {
        std::string text;
        std::size_t i = 1;
        for (; i < rest_.size() && rest_[i] != '\''; i++) {
            if (rest_[i] == '\\' && (at(i + 1) == '\\' || at(i + 1) == '\''))
                i++;
            text += rest_[i];
        }
        if (i >= rest_.size())
            fault("a text without an end");
        else
            add(Kind::Text, std::move(text), i + 1);
    }

    void takeQuoted() {
        std::string text;
        bool isLiteral = true;
        std::size_t i = 1;
        for (; i < rest_.size() && rest_[i] != '"'; i++) {
            if (rest_.substr(i).starts_with("{$") || rest_.substr(i).starts_with("${")) {
                isLiteral = false;
                if (const auto end = endOfBraces(i))
                    i = *end;
                else
                    return;
            } else if (rest_[i] == '\\') {
                i++;
                isLiteral = isLiteral && (at(i) == '"' || at(i) == '\\' || at(i) == '$');
                text += at(i);
            } else {
                isLiteral = isLiteral && !(rest_[i] == '$' && isNameStart(at(i + 1)));
                text += rest_[i];
            }
        }
        if (i >= rest_.size())
            fault("a text without an end");
        else
            add(isLiteral ? Kind::Text : Kind::Template, isLiteral ? std::move(text) : "", i + 1);
    }

    /// Where the braces end that begin at `from` within a quoted text. What could have rules of its
    /// own in them, or has no end, is a fault.
    std::optional<std::size_t> endOfBraces(std::size_t from) {
        for (std::size_t i = from + 2; i < rest_.size(); i++) {
            if (rest_[i] == '}')
                return i;
            if (rest_[i] == '\'') // a plain key: ['name']
                i = std::min(rest_.find('\'', i + 1), rest_.size());
            const std::string_view key = rest_.substr(from, i - from + 1);
            if (key.find_first_of("\"`#/\\<") != key.npos || key.find('{', 2) != key.npos)
                break;
        }
        fault("an expression within a text");
        return std::nullopt;
    }

    void takeHeredoc() {
        std::size_t i = 3;
        while (at(i) == ' ' || at(i) == '\t')
            i++;
        const char quote = at(i) == '"' || at(i) == '\'' ? at(i) : '\0';
        i += quote != '\0' ? 1 : 0;
        const std::size_t start = i;
        while (i < rest_.size() && isNameByte(rest_[i]))
            i++;
        const std::string_view label = rest_.substr(start, i - start);
        if (label.empty() || !isNameStart(label[0]) || (quote != '\0' && at(i++) != quote) ||
            (at(i) != '\n' && at(i) != '\r'))
            return static_cast<void>(fault("an odd heredoc"));
        takeHeredocBody(label, i, quote != '\'');
    }

    /// From the end of the first line; ends with the first line that begins with the label.
    void takeHeredocBody(std::string_view label, std::size_t body, bool hasVariables) {
        for (std::size_t i = body; i < rest_.size(); i++) {
            if (hasVariables &&
                (rest_.substr(i).starts_with("{$") || rest_.substr(i).starts_with("${")))
                return static_cast<void>(fault("an expression within a heredoc"));
            if (rest_[i] != '\n' && rest_[i] != '\r')
                continue;
            std::size_t line = i + 1;
            while (at(line) == ' ' || at(line) == '\t')
                line++;
            if (rest_.substr(line).starts_with(label) && !isNameByte(at(line + label.size())))
                return add(Kind::Template, "", line + label.size());
        }
        fault("a heredoc without an end");
    }

    std::string_view rest_;
    std::vector<PhpToken> tokens_;
    std::string fault_;
    int line_ = 1;
};

} // namespace

bool PhpToken::isWord(std::string_view word) const {
    return kind == Kind::Name && asciiLower(text) == word;
}

Result<std::vector<PhpToken>> phpTokens(std::string_view file) {
    return Tokenizer(file).run();
}

} // namespace pregon
