// SPDX-License-Identifier: MIT
#include "ctl/import/php_config.h"

#include "shared/ascii.h"
#include "shared/small_file.h"

#include <algorithm>

namespace pregon {
namespace {

enum class Kind { Text, Name, Mark, Arrow, End };

struct Token {
    Kind kind;
    std::string text;
};

/// The tokens of a PHP file, without comments. A text in double quotes with a `$` is a Mark.
class Tokens {
  public:
    static std::vector<Token> of(std::string_view text) {
        Tokens tokens(text);
        while (tokens.takeOne()) {
        }
        return std::move(tokens.all_);
    }

  private:
    explicit Tokens(std::string_view text) : rest_(text) {}

    void skipTo(std::string_view end) {
        const std::size_t at = rest_.find(end);
        rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
    }

    bool takeOne() {
        if (rest_.empty())
            return false;
        const char c = rest_[0];
        if (rest_.starts_with("/*"))
            skipTo("*/");
        else if (rest_.starts_with("//") || (c == '#' && !rest_.starts_with("#[")))
            skipTo("\n");
        else if (c == '\'' || c == '"')
            takeText(c);
        else if (isWordCharacter(c) || c == '\\')
            takeName();
        else if (rest_.starts_with("=>"))
            add(Kind::Arrow, 2);
        else if (c == ' ' || (c >= '\t' && c <= '\r'))
            rest_.remove_prefix(1);
        else
            add(Kind::Mark, 1);
        return true;
    }

    void add(Kind kind, std::size_t length) {
        all_.push_back({kind, std::string(rest_.substr(0, length))});
        rest_.remove_prefix(length);
    }

    void takeName() {
        const auto end = std::find_if(rest_.begin(), rest_.end(),
                                      [](char c) { return !isWordCharacter(c) && c != '\\'; });
        add(Kind::Name, static_cast<std::size_t>(end - rest_.begin()));
    }

    void takeText(char quote) {
        std::string text;
        bool isLiteral = true;
        std::size_t i = 1;
        for (; i < rest_.size() && rest_[i] != quote; i++) {
            if (rest_[i] == '\\' && i + 1 < rest_.size()) {
                const char next = rest_[++i];
                isLiteral = isLiteral && (quote == '\'' || next == '"' || next == '\\');
                if (next != quote && next != '\\')
                    text += '\\';
            } else if (rest_[i] == '$' && quote == '"') {
                isLiteral = false;
            }
            text += rest_[i];
        }
        all_.push_back({isLiteral ? Kind::Text : Kind::Mark, std::move(text)});
        rest_.remove_prefix(std::min(i + 1, rest_.size()));
    }

    std::string_view rest_;
    std::vector<Token> all_;
};

std::string trimmed(std::string_view text) {
    constexpr std::string_view kBlanks{" \t\n\r\0\v", 6};
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos)
        return {};
    return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

} // namespace

/// Reads one expression after the other; what it does not understand has no items.
class PhpConfigParser {
  public:
    PhpConfigParser(std::vector<Token> tokens, const LaravelEnv &env)
        : tokens_(std::move(tokens)), env_(env) {}

    PhpConfig parse() {
        for (at_ = 0; at_ < tokens_.size(); at_++)
            if (tokens_[at_].kind == Kind::Text)
                file_.literals_.insert(tokens_[at_].text);
        for (std::size_t i = 0; i + 1 < tokens_.size(); i++)
            if (tokens_[i].kind == Kind::Text && tokens_[i + 1].kind == Kind::Arrow &&
                !file_.has(tokens_[i].text)) {
                at_ = i + 2;
                auto items = expression(0);
                file_.values_[tokens_[i].text] = isAtEnd() ? std::move(items) : std::nullopt;
            }
        return std::move(file_);
    }

  private:
    using Items = PhpConfig::Items;

    bool is(std::string_view mark) const {
        return at_ < tokens_.size() && tokens_[at_].kind == Kind::Mark && tokens_[at_].text == mark;
    }
    bool isAtEnd() const {
        return at_ == tokens_.size() || is(",") || is("]") || is(")") || is(";");
    }

    Items expression(int depth) {
        constexpr int kDeepest = 16;
        if (depth > kDeepest || at_ >= tokens_.size() || budget_-- <= 0)
            return std::nullopt;
        const Token &token = tokens_[at_++];
        if (token.kind == Kind::Text)
            return std::vector{token.text};
        if (token.kind == Kind::Mark && token.text == "[")
            return list("]", depth);
        if (token.kind != Kind::Name)
            return std::nullopt;
        const std::string name = asciiLower(token.text);
        if (is("(")) {
            at_++;
            return call(name, depth);
        }
        if (name == "true" || name == "false")
            return std::vector{name};
        return name == "null" ? Items(std::vector<std::string>()) : std::nullopt;
    }

    /// The expressions up to `end`, each by itself; nullopt if one of them is not understood.
    std::optional<std::vector<Items>> parts(std::string_view end, int depth) {
        std::vector<Items> all;
        while (at_ < tokens_.size() && !is(end)) {
            all.push_back(expression(depth + 1));
            if (is(","))
                at_++;
            else if (!is(end))
                return std::nullopt;
        }
        at_++;
        return all;
    }

    Items list(std::string_view end, int depth) {
        const auto all = parts(end, depth);
        if (!all)
            return std::nullopt;
        std::vector<std::string> joined;
        for (const Items &items : *all) {
            if (!items)
                return std::nullopt;
            joined.insert(joined.end(), items->begin(), items->end());
        }
        return joined;
    }

    Items call(const std::string &name, int depth) {
        if (name == "array")
            return list(")", depth);
        const auto arguments = parts(")", depth);
        if (!arguments || arguments->empty())
            return std::nullopt;
        if (name == "env")
            return fromEnvironment(*arguments);
        const Items &last = arguments->back();
        if (!last)
            return std::nullopt;
        if (name == "trim")
            return each(*last, [](const std::string &text) { return trimmed(text); });
        const Items &first = arguments->front();
        if (name == "array_filter")
            return first ? withoutEmpty(*first) : std::nullopt;
        const bool isTwo = arguments->size() == 2 && first && first->size() == 1;
        if (name == "array_map" && isTwo && first->front() == "trim")
            return each(*last, [](const std::string &text) { return trimmed(text); });
        if (name == "explode" && isTwo && !first->front().empty() && last->size() == 1)
            return split(last->front(), first->front());
        return std::nullopt;
    }

    Items fromEnvironment(const std::vector<Items> &arguments) const {
        if (!arguments[0] || arguments[0]->size() != 1)
            return std::nullopt;
        const std::string &name = arguments[0]->front();
        if (env_.has(name))
            return std::vector{env_.value(name)};
        return arguments.size() > 1 ? arguments[1] : Items(std::vector<std::string>());
    }

    template <class Change>
    static Items each(std::vector<std::string> items, const Change &change) {
        std::transform(items.begin(), items.end(), items.begin(), change);
        return items;
    }

    static Items withoutEmpty(std::vector<std::string> items) {
        items.erase(std::remove(items.begin(), items.end(), ""), items.end());
        return items;
    }

    static Items split(std::string_view text, std::string_view separator) {
        std::vector<std::string> items;
        for (;;) {
            const std::size_t end = text.find(separator);
            items.emplace_back(text.substr(0, end));
            if (end == std::string_view::npos)
                return items;
            text.remove_prefix(end + separator.size());
        }
    }

    std::vector<Token> tokens_;
    const LaravelEnv &env_;
    std::size_t at_ = 0;
    int budget_ = 1'000'000; ///< expressions that all keys together may take
    PhpConfig file_;
};

PhpConfig PhpConfig::parse(std::string_view text, const LaravelEnv &env) {
    return PhpConfigParser(Tokens::of(text), env).parse();
}

PhpConfig PhpConfig::read(const std::string &file, const LaravelEnv &env) {
    const auto text = readSmallFile(file);
    return text ? parse(*text, env) : PhpConfig();
}

PhpConfig::Items PhpConfig::items(std::string_view key) const {
    const auto found = values_.find(key);
    return found != values_.end() ? found->second : Items(std::vector<std::string>());
}

} // namespace pregon
