// SPDX-License-Identifier: MIT
#include "shared/config/setting_type.h"

#include "shared/address_prefix.h"
#include "shared/ascii.h"
#include "shared/auth/cipher.h"
#include "shared/clock.h"
#include "shared/nearest_name.h"
#include "shared/number_text.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/protocol/origin_rules.h"
#include "shared/store/database_url.h"
#include "shared/unix_socket.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = SettingType::Kind;

tl::unexpected<Error> invalid(std::string reason) {
    return failure(Errc::BadRequest, std::move(reason));
}

std::vector<std::string_view> wordsOf(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

/// `a, b or c`.
std::string alternatives(const std::vector<std::string_view> &words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); i++) {
        text += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

std::string rangeOf(const SettingType &type) {
    return std::string(type.unit) + (type.unit.empty() ? "" : ", ") + std::to_string(type.minimum) +
           " to " + std::to_string(type.maximum);
}

Result<Done> checkNumber(const SettingType &type, std::string_view text) {
    const auto value = wholeNumber(text);
    if (!value)
        return invalid("not an integer; expected " + rangeOf(type) +
                       meantNumber(type.unit, type.minimum, type.maximum, text));
    if (*value < type.minimum || *value > type.maximum)
        return invalid("must be " + std::to_string(type.minimum) + " to " +
                       std::to_string(type.maximum));
    return Done{};
}

// --- Words ---

Result<Done> checkWord(const SettingType &type, std::string_view text) {
    const auto words = wordsOf(type.words);
    if (std::find(words.begin(), words.end(), text) != words.end())
        return Done{};
    std::string reason = std::string(text) + ": expected " + alternatives(words);
    const std::string lower = asciiLower(std::string(text));
    for (const std::string_view word : words)
        if (asciiLower(std::string(word)) == lower)
            return type.kind == Kind::WordOfAnyCase
                       ? Result<Done>(Done{})
                       : invalid(reason + "; did you mean " + std::string(word) + "?");
    return invalid(reason + didYouMean(text, words));
}

// --- Paths ---

bool isControl(char c) {
    return (c >= 0 && c < ' ') || c == '\x7f';
}

Result<Done> checkPath(std::string_view path) {
    if (path.starts_with("unix:"))
        return invalid("expected a path without unix: before it");
    if (path.find("://") != std::string_view::npos)
        return invalid("expected a path, not a URL");
    if (path.starts_with('~'))
        return invalid("~ is not replaced here: write the whole path");
    if (std::any_of(path.begin(), path.end(), isControl))
        return invalid("expected a path in one line");
    return Done{};
}

Result<Done> checkSocketPath(std::string_view path) {
    if (const auto good = checkPath(path); !good)
        return good;
    const auto address = parseListenAddress("unix:" + std::string(path));
    return address ? Result<Done>(Done{}) : tl::unexpected<Error>(address.error());
}

bool isCookieName(std::string_view name) { // RFC 6265: a token
    return std::all_of(name.begin(), name.end(), [](char c) {
        return isWordCharacter(c) ||
               std::string_view("!#$%&'*+-.^`|~").find(c) != std::string_view::npos;
    });
}

/// As PHP stores a class: `App\\Models\\User`. Written otherwise it is the type of no token.
Result<Done> checkModel(std::string_view name) {
    std::string meant;
    for (const char c : name)
        if (const char one = c == '/' ? '\\' : c; one != '\\' || !meant.ends_with('\\'))
            meant += one;
    if (meant.starts_with('\\'))
        meant.erase(0, 1);
    return meant == name ? Result<Done>(Done{})
                         : invalid(std::string(name) + ": did you mean " + meant + "?");
}

Result<Done> checkRoutePrefix(std::string_view path) {
    const bool isPath = std::all_of(path.begin(), path.end(), [](char c) {
        return isWordCharacter(c) || std::string_view("/-.~").find(c) != std::string_view::npos;
    });
    return isPath ? Result<Done>(Done{})
                  : invalid("expected the beginning of a URL's path, such as /ws");
}

// --- URLs ---

/// No user or password in it: the address is shown in the log.
bool isHttpUrl(std::string_view url) {
    const std::size_t start = url.find("://") + 3;
    return (url.starts_with("http://") || url.starts_with("https://")) && url.size() > start &&
           url[start] != '/' && std::none_of(url.begin(), url.end(), [](char c) {
               return c <= ' ' || c > '~' ||
                      std::string_view("?#@").find(c) != std::string_view::npos;
           });
}

Result<Done> checkStoreUrl(std::string_view text) {
    const auto url = parseDatabaseUrl(text);
    return url ? Result<Done>(Done{}) : tl::unexpected<Error>(url.error());
}

// --- Lists ---

Result<Done> checkEach(std::string_view text, Result<Done> (*check)(std::string_view)) {
    const auto elements = splitList(text);
    for (const std::string &element : elements)
        if (const auto good = check(element); !good)
            return good;
    return elements.empty() ? invalid("the list is empty") : Result<Done>(Done{});
}

Result<Done> checkAddress(std::string_view text) {
    const auto prefix = AddressPrefix::parse(text);
    return prefix ? Result<Done>(Done{}) : tl::unexpected<Error>(prefix.error());
}

Result<Done> checkListenAddress(std::string_view text) {
    const auto address = parseListenAddress(text);
    return address ? Result<Done>(Done{}) : tl::unexpected<Error>(address.error());
}

Result<Done> unless(bool isGood, const char *reason) {
    return isGood ? Result<Done>(Done{}) : invalid(reason);
}

bool canBeEmpty(Kind kind) {
    return kind != Kind::Number && kind != Kind::Boolean && kind != Kind::Word &&
           kind != Kind::WordOfAnyCase;
}

} // namespace

std::string describe(const SettingType &type) {
    switch (type.kind) {
    case Kind::Text:
        return "text";
    case Kind::Boolean:
        return "true or false";
    case Kind::Number:
        return (type.unit.empty() ? "number, " : "") + rangeOf(type);
    case Kind::Word:
    case Kind::WordOfAnyCase:
        return alternatives(wordsOf(type.words));
    case Kind::List:
        return "list, with commas";
    case Kind::Origins:
        return "origins, with commas";
    case Kind::Addresses:
        return "addresses and prefixes, with commas";
    case Kind::ListenAddresses:
        return "unix:PATH or HOST:PORT, several with commas";
    case Kind::Path:
        return "path";
    case Kind::SocketPath:
        return "path of a socket";
    case Kind::SocketPaths:
        return "paths of sockets, with commas";
    case Kind::RoutePrefix:
        return "beginning of a URL's path";
    case Kind::HttpUrl:
        return "http:// or https:// URL";
    case Kind::StoreUrl:
        return "sqlite:PATH, postgresql:// or mariadb:// URL";
    case Kind::CookieName:
        return "name of a cookie";
    case Kind::Models:
        return "names of models, with commas";
    case Kind::Key32:
        return "base64 of 32 bytes";
    case Kind::TimeZone:
        return "time zone";
    case Kind::OfRedis:
        return std::string(type.words) + ", checked if REVERB_SCALING_ENABLED is true";
    }
    return {};
}

Result<Done> checkValue(const SettingType &type, std::string_view text) {
    if (text.empty() && canBeEmpty(type.kind))
        return Done{};
    switch (type.kind) {
    case Kind::Text:
    case Kind::OfRedis:
        return Done{};
    case Kind::Boolean:
        return unless(switchValue(text).has_value(), "must be true or false");
    case Kind::Number:
        return checkNumber(type, text);
    case Kind::Word:
    case Kind::WordOfAnyCase:
        return checkWord(type, text);
    case Kind::List:
        return unless(!splitList(text).empty(), "the list is empty");
    case Kind::Origins:
        return checkEach(text, checkOriginPattern);
    case Kind::Addresses:
        return checkEach(text, checkAddress);
    case Kind::ListenAddresses:
        return checkEach(text, checkListenAddress);
    case Kind::Path:
        return checkPath(text);
    case Kind::SocketPath:
        return checkSocketPath(text);
    case Kind::SocketPaths:
        return checkEach(text, checkSocketPath);
    case Kind::RoutePrefix:
        return checkRoutePrefix(text);
    case Kind::HttpUrl:
        return unless(isHttpUrl(text),
                      "expected http://HOST or https://HOST, without user and query");
    case Kind::StoreUrl:
        return checkStoreUrl(text);
    case Kind::CookieName:
        return unless(isCookieName(text), "expected the name of a cookie, such as laravel_session");
    case Kind::Models:
        return checkEach(text, checkModel);
    case Kind::Key32:
        return unless(decodeBase64(text).value_or("").size() == kMasterKeyBytes,
                      "expected the base64 of 32 bytes");
    case Kind::TimeZone:
        return isTimeZone(std::string(text))
                   ? Result<Done>(Done{})
                   : invalid("the system (package tzdata) knows no " + std::string(text));
    }
    return Done{};
}

std::optional<bool> switchValue(std::string_view text) {
    for (std::string_view word : {"true", "1", "on", "yes"})
        if (text == word)
            return true;
    for (std::string_view word : {"false", "0", "off", "no"})
        if (text == word)
            return false;
    return std::nullopt;
}

std::vector<std::string> splitList(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        if (const auto part = trimLine(text.substr(0, comma)); !part.empty())
            parts.emplace_back(part);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

} // namespace pregon
