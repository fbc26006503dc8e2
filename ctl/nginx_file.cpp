#include "ctl/nginx_file.h"

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

int portOf(const NginxDirective &listen) {
    const std::string_view address = listen.argument(0);
    if (address.starts_with("unix:"))
        return 0;
    const std::size_t colon = address.rfind(':');
    const bool hasPort = colon != std::string_view::npos && !address.ends_with(']');
    const std::string_view text = hasPort ? address.substr(colon + 1) : address;
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() ? port : 80;
}

struct Listening {
    bool listens = false;
    bool isDefault = false;
};

Listening listeningOn(const NginxDirective &server, int port) {
    const auto listens = server.findAll("listen");
    Listening answer{listens.empty() && port == 80, false};
    for (const NginxDirective *listen : listens) {
        if (portOf(*listen) != port)
            continue;
        answer.listens = true;
        for (const std::string &argument : listen->arguments)
            answer.isDefault = answer.isDefault || argument == "default_server";
    }
    return answer;
}

bool hasName(const NginxDirective &server, std::string_view host) {
    for (const NginxDirective *names : server.findAll("server_name"))
        for (const std::string &name : names->arguments) {
            if (asciiLower(name) == host)
                return true;
            if (name.starts_with("*.") && host.ends_with(std::string_view(name).substr(1)))
                return true;
            if (name.starts_with('.') &&
                (host.ends_with(name) || host == std::string_view(name).substr(1)))
                return true;
        }
    return false;
}

const NginxDirective *serverFor(const NginxDirective &http, const std::string &host, int port) {
    const NginxDirective *first = nullptr, *standard = nullptr;
    for (const NginxDirective *server : http.findAll("server")) {
        const Listening listening = listeningOn(*server, port);
        if (!listening.listens)
            continue;
        if (hasName(*server, host))
            return server;
        first = first == nullptr ? server : first;
        standard = listening.isDefault ? server : standard;
    }
    return standard != nullptr ? standard : first;
}

/// The location of the longest prefix; null if none matches.
const NginxDirective *locationFor(const NginxDirective &server, std::string_view path) {
    const NginxDirective *best = nullptr;
    std::size_t bestLength = 0;
    for (const NginxDirective *location : server.findAll("location")) {
        const std::string_view first = location->argument(0);
        if (first.starts_with('~') || first.starts_with('@'))
            continue;
        const bool hasModifier = first == "=" || first == "^~";
        const std::string_view prefix = hasModifier ? location->argument(1) : first;
        if (first == "=" && prefix == path)
            return location;
        if (first != "=" && !prefix.empty() && path.starts_with(prefix) &&
            (best == nullptr || prefix.size() > bestLength)) {
            best = location;
            bestLength = prefix.size();
        }
    }
    return best;
}

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

const NginxDirective *NginxPlace::setting(std::string_view name) const {
    const auto all = settings(name);
    return all.empty() ? nullptr : all.back();
}

std::vector<const NginxDirective *> NginxPlace::settings(std::string_view name) const {
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block)
        if (auto found = (*block)->findAll(name); !found.empty())
            return found;
    return {};
}

const NginxDirective &NginxPlace::server() const {
    for (const NginxDirective *block : blocks_)
        if (block->name == "server")
            return *block;
    return innermost();
}

std::optional<NginxPlace> findNginxPlace(const NginxDirective &file, std::string_view host,
                                         int port, std::string_view path) {
    for (const NginxDirective *http : file.findAll("http")) {
        const NginxDirective *server = serverFor(*http, asciiLower(std::string(host)), port);
        if (server == nullptr)
            continue;
        std::vector<const NginxDirective *> blocks{&file, http, server};
        if (const NginxDirective *location = locationFor(*server, path))
            blocks.push_back(location);
        return NginxPlace(std::move(blocks));
    }
    return std::nullopt;
}

std::optional<NginxPlace> findNginxLocation(const NginxDirective &file, std::string_view path) {
    for (const NginxDirective *http : file.findAll("http"))
        for (const NginxDirective *server : http->findAll("server"))
            if (const NginxDirective *location = locationFor(*server, path))
                if (location->arguments.back() != "/")
                    return NginxPlace({&file, http, server, location});
    return std::nullopt;
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
