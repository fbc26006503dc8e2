// SPDX-License-Identifier: MIT
#include "ctl/nginx/nginx_file.h"

#include "shared/ascii.h"
#include "shared/small_file.h"

#include <charconv>
#include <filesystem>
#include <glob.h>

namespace pregon {
namespace {

constexpr std::size_t kMaxDepth = 20;   // of blocks, and of includes
constexpr std::size_t kMaxFiles = 1000; // more are a circle of includes

/// Splits the text into words and the three signs, and builds the blocks.
class Parser {
  public:
    Parser(std::string_view text, const std::string &file, const NginxInclude &include)
        : text_(text), file_(file), include_(include) {}

    /// To the closing brace, or to the end of the file if `depth` is 0.
    Result<Done> parseBlock(std::vector<NginxDirective> &block, std::size_t depth) {
        if (depth > kMaxDepth)
            return wrong("too many blocks in one another");
        NginxDirective directive;
        while (true) {
            const auto token = next();
            if (!token)
                return tl::unexpected<Error>(token.error());
            if (token->sign == 0) {
                addWord(directive, token->word);
                continue;
            }
            const bool isEnd = token->sign == '}' || token->sign == kEnd;
            if (isEnd && (isBegun(directive) || (token->sign == kEnd) != (depth == 0)))
                return wrong(token->sign == kEnd ? "unexpected end" : "unexpected }");
            if (isEnd)
                return Done{};
            if (!isBegun(directive))
                return wrong("a directive was expected");
            if (token->sign == '{')
                if (const auto parsed = parseBlock(directive.block, depth + 1); !parsed)
                    return parsed;
            if (const auto added = add(std::move(directive), block); !added)
                return added;
            directive = {};
        }
    }

  private:
    static constexpr char kEnd = '\n';
    struct Token {
        char sign = 0; ///< one of `;{}`, kEnd, or 0 for a word
        std::string word;
    };

    Result<Done> add(NginxDirective directive, std::vector<NginxDirective> &block) {
        if (directive.name == "include")
            return include_(directive.arguments.empty() ? "" : directive.arguments.front(), block);
        block.push_back(std::move(directive));
        return Done{};
    }

    /// Its name may be empty: `'' value;` within a map.
    static bool isBegun(const NginxDirective &directive) { return directive.line > 0; }

    void addWord(NginxDirective &directive, std::string word) {
        if (isBegun(directive)) {
            directive.arguments.push_back(std::move(word));
            return;
        }
        directive.name = std::move(word);
        directive.file = file_;
        directive.line = line_;
    }

    tl::unexpected<Error> wrong(const std::string &reason) const {
        return failure(Errc::BadRequest, file_ + ":" + std::to_string(line_) + ": " + reason);
    }

    char take() {
        const char c = text_.front();
        text_.remove_prefix(1);
        if (c == '\n')
            line_++;
        return c;
    }

    void skipBlanks() {
        while (!text_.empty()) {
            if (text_.front() == '#')
                while (!text_.empty() && text_.front() != '\n')
                    text_.remove_prefix(1);
            else if (std::string_view(" \t\r\n").find(text_.front()) != std::string_view::npos)
                take();
            else
                return;
        }
    }

    Result<Token> next() {
        skipBlanks();
        if (text_.empty())
            return Token{kEnd, {}};
        const char first = text_.front();
        if (first == ';' || first == '{' || first == '}')
            return Token{take(), {}};
        return first == '"' || first == '\'' ? quotedWord() : plainWord();
    }

    Result<Token> quotedWord() {
        const char quote = take();
        Token token;
        while (!text_.empty()) {
            char c = take();
            if (c == quote)
                return token;
            if (c == '\\' && !text_.empty() && (text_.front() == quote || text_.front() == '\\'))
                c = take();
            token.word += c;
        }
        return wrong("quote not closed");
    }

    /// A `{` ends a word, but not within `${name}`.
    Token plainWord() {
        Token token;
        while (!text_.empty()) {
            const char c = text_.front();
            const bool isVariable = c == '{' && token.word.ends_with('$');
            if (std::string_view(" \t\r\n;{").find(c) != std::string_view::npos && !isVariable)
                break;
            token.word += take();
            if (c == '\\' && !text_.empty())
                token.word += take();
            if (isVariable)
                while (!text_.empty() && !token.word.ends_with('}'))
                    token.word += take();
        }
        return token;
    }

    std::string_view text_;
    const std::string &file_;
    const NginxInclude &include_;
    std::size_t line_ = 1;
};

std::vector<std::string> filesOf(const std::string &pattern) {
    std::vector<std::string> files;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
        for (std::size_t i = 0; i < found.gl_pathc; i++)
            files.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    return files;
}

/// Reads one file and, through itself, what it includes.
class Reader {
  public:
    explicit Reader(const std::string &path)
        : folder_(std::filesystem::path(path).parent_path().string()) {}

    Result<Done> read(const std::string &path, std::vector<NginxDirective> &block,
                      std::size_t depth) {
        if (depth > kMaxDepth || ++files_ > kMaxFiles)
            return failure(Errc::BadRequest, path + ": included too often");
        const auto text = readSmallFile(path);
        if (!text)
            return tl::unexpected<Error>(text.error());
        const NginxInclude include = [&](const std::string &pattern,
                                         std::vector<NginxDirective> &into) -> Result<Done> {
            const bool isAbsolute = pattern.starts_with('/');
            for (const std::string &file : filesOf(isAbsolute ? pattern : folder_ + "/" + pattern))
                if (const auto done = read(file, into, depth + 1); !done)
                    return done;
            return Done{};
        };
        auto parsed = parseNginx(*text, path, include);
        if (!parsed)
            return tl::unexpected<Error>(parsed.error());
        for (NginxDirective &directive : *parsed)
            block.push_back(std::move(directive));
        return Done{};
    }

  private:
    std::string folder_;
    std::size_t files_ = 0;
};

} // namespace

const NginxDirective *NginxDirective::find(std::string_view directive) const {
    const auto all = findAll(directive);
    return all.empty() ? nullptr : all.back();
}

std::vector<const NginxDirective *> NginxDirective::findAll(std::string_view directive) const {
    std::vector<const NginxDirective *> found;
    for (const NginxDirective &one : block)
        if (one.name == directive)
            found.push_back(&one);
    return found;
}

std::string_view NginxDirective::argument(std::size_t index) const {
    return index < arguments.size() ? std::string_view(arguments[index]) : std::string_view();
}

Result<std::vector<NginxDirective>> parseNginx(std::string_view text, const std::string &file,
                                               const NginxInclude &include) {
    std::vector<NginxDirective> block;
    if (const auto parsed = Parser(text, file, include).parseBlock(block, 0); !parsed)
        return tl::unexpected<Error>(parsed.error());
    return block;
}

Result<NginxDirective> readNginx(const std::string &path) {
    NginxDirective file;
    file.file = path;
    if (const auto done = Reader(path).read(path, file.block, 0); !done)
        return tl::unexpected<Error>(done.error());
    return file;
}

std::optional<std::int64_t> nginxMilliseconds(std::string_view text) {
    constexpr std::int64_t kSecond = 1000, kMaximum = 1'000'000'000'000'000;
    std::int64_t total = 0;
    while (!text.empty()) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc() || number < 0 || number > 1'000'000'000)
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const std::size_t unitSize = std::min(text.find_first_of("0123456789 "), text.size());
        const std::string_view unit = text.substr(0, unitSize);
        const std::int64_t factor = unit == "ms"                  ? 1
                                    : unit.empty() || unit == "s" ? kSecond
                                    : unit == "m"                 ? 60 * kSecond
                                    : unit == "h"                 ? 3600 * kSecond
                                    : unit == "d"                 ? 86400 * kSecond
                                                                  : 0;
        if (factor == 0)
            return std::nullopt;
        total += number * factor;
        if (total > kMaximum)
            return std::nullopt;
        text = trimLine(text.substr(unitSize));
    }
    return total;
}

std::optional<std::int64_t> nginxBytes(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > 1'000'000'000)
        return std::nullopt;
    const std::string unit = asciiLower(std::string(end, text.data() + text.size()));
    if (unit.empty())
        return number;
    if (unit != "k" && unit != "m" && unit != "g")
        return std::nullopt;
    return number << (unit == "k" ? 10 : unit == "m" ? 20 : 30);
}

} // namespace pregon
