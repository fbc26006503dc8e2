// SPDX-License-Identifier: MIT
#include "ctl/nginx/nginx_place.h"

#include "shared/ascii.h"

#include <charconv>
#include <regex.h>
#include <string>

namespace pregon {
namespace {

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

/// POSIX's reading of nginx's regular expression, or nothing where the two languages differ, or
/// where reading it might take long.
class Pattern {
  public:
    Pattern(std::string_view text, bool ignoresCase) {
        if (!isPosix(text))
            return;
        const int flags = REG_EXTENDED | REG_NOSUB | (ignoresCase ? REG_ICASE : 0);
        isUsable_ = ::regcomp(&compiled_, std::string(text).c_str(), flags) == 0;
    }
    Pattern(const Pattern &) = delete;
    Pattern &operator=(const Pattern &) = delete;
    ~Pattern() {
        if (isUsable_)
            ::regfree(&compiled_);
    }

    bool matches(std::string_view path) const {
        return isUsable_ && ::regexec(&compiled_, std::string(path).c_str(), 0, nullptr, 0) == 0;
    }

  private:
    static bool isPosix(std::string_view text) {
        constexpr std::size_t kMaxLength = 500;
        for (std::size_t i = 0; i + 1 < text.size(); i++) {
            const char next = text[i + 1];
            if ((text[i] == '(' && next == '?') || (text[i] == '\\' && isWordCharacter(next)))
                return false;
        }
        return text.size() <= kMaxLength && text.find_first_of("{}") == std::string_view::npos &&
               text.find('\0') == std::string_view::npos;
    }

    regex_t compiled_{};
    bool isUsable_ = false;
};

bool matchesPattern(const NginxDirective &location, std::string_view path) {
    const std::string_view kind = location.argument(0);
    return (kind == "~" || kind == "~*") &&
           Pattern(location.argument(1), kind == "~*").matches(path);
}

/// Whether `if ($pregon_upgrade_and_path ~ "PATTERN")` holds for a WebSocket whose path begins so.
bool holds(const NginxDirective &condition, std::string_view path) {
    if (!condition.argument(0).starts_with("($pregon_"))
        return false;
    if (condition.argument(1) != "~")
        return true; // of another release
    return Pattern(condition.argument(2), false).matches("websocket:" + std::string(path) + "key");
}

/// What the path of a WebSocket becomes by the shipped `if ($pregon_…) { rewrite …; }`; the path
/// itself without it.
std::string_view rewritten(const NginxDirective &server, std::string_view path) {
    for (const NginxDirective *condition : server.findAll("if")) {
        const NginxDirective *rewrite = condition->find("rewrite");
        if (rewrite != nullptr && holds(*condition, path) &&
            Pattern(rewrite->argument(0), false).matches(path))
            return rewrite->argument(1);
    }
    return path;
}

struct Prefixed {
    const NginxDirective *location = nullptr;
    bool wins = false; ///< over regular expressions
};

/// The location of the longest prefix; null if none matches.
Prefixed longestPrefix(const NginxDirective &server, std::string_view path) {
    Prefixed best;
    std::size_t bestLength = 0;
    for (const NginxDirective *location : server.findAll("location")) {
        const std::string_view first = location->argument(0);
        if (first.starts_with('~') || first.starts_with('@'))
            continue;
        const bool hasModifier = first == "=" || first == "^~";
        const std::string_view prefix = hasModifier ? location->argument(1) : first;
        if (first == "=" && prefix == path)
            return {location, true};
        if (first != "=" && !prefix.empty() && path.starts_with(prefix) &&
            (best.location == nullptr || prefix.size() > bestLength)) {
            best = {location, first == "^~"};
            bestLength = prefix.size();
        }
    }
    return best;
}

/// Null if none matches.
const NginxDirective *locationFor(const NginxDirective &server, std::string_view asked) {
    const std::string_view path = rewritten(server, asked);
    const Prefixed prefixed = longestPrefix(server, path);
    if (prefixed.wins)
        return prefixed.location;
    for (const NginxDirective *location : server.findAll("location"))
        if (matchesPattern(*location, path))
            return location;
    return prefixed.location;
}

} // namespace

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

} // namespace pregon
