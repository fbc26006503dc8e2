// SPDX-License-Identifier: MIT
#include "ctl/doctor/page_script.h"

#include "shared/ascii.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kQuotes = "\"'`";
constexpr std::size_t kNearby = 600; // bytes of one object of options

bool isQuote(char c) {
    return kQuotes.find(c) != std::string_view::npos;
}

/// What follows `name` and a colon at `at`; nullopt: another word stands there.
std::optional<std::string_view> valueOf(std::string_view script, std::size_t at,
                                        std::string_view name) {
    if (at > 0 && isWordCharacter(script[at - 1]))
        return std::nullopt;
    std::string_view rest = script.substr(at + name.size());
    if (!rest.empty() && isQuote(rest.front()))
        rest.remove_prefix(1);
    rest = trimLine(rest);
    if (!rest.starts_with(':'))
        return std::nullopt;
    return trimLine(rest.substr(1));
}

/// The text of a literal; empty for `undefined`; nullopt: an expression.
std::optional<std::string> literal(std::string_view value) {
    if (value.starts_with("void 0") || value.starts_with("undefined"))
        return "";
    if (value.empty() || !isQuote(value.front()))
        return std::nullopt;
    const std::size_t end = value.find(value.front(), 1);
    if (end == std::string_view::npos)
        return std::nullopt;
    return std::string(value.substr(1, end - 1));
}

/// The literal of the `key` that is nearest to `at`.
std::optional<std::string> nearestKey(std::string_view script, std::size_t at) {
    constexpr std::string_view kName = "key";
    const std::size_t begin = at - std::min(at, kNearby);
    std::optional<std::string> nearest;
    std::size_t distance = kNearby;
    for (std::size_t key = script.find(kName, begin);
         key != std::string_view::npos && key < at + kNearby; key = script.find(kName, key + 1)) {
        const auto value = valueOf(script, key, kName);
        const auto text = value ? literal(*value) : std::nullopt;
        const std::size_t apart = key > at ? key - at : at - key;
        if (!text || apart >= distance)
            continue;
        nearest = text;
        distance = apart;
    }
    return nearest;
}

/// The value of the attribute that ends in `.js`, without a query; empty: another one.
std::string_view scriptOf(std::string_view value) {
    value = value.substr(0, std::min(value.find_first_of("?#"), value.size()));
    return value.ends_with(".js") ? value : std::string_view();
}

} // namespace

std::optional<std::string> echoKeyIn(std::string_view script) {
    constexpr std::string_view kName = "broadcaster";
    for (std::size_t at = script.find(kName); at != std::string_view::npos;
         at = script.find(kName, at + 1)) {
        const auto value = valueOf(script, at, kName);
        if (!value || value->empty() || !isQuote(value->front()))
            continue;
        if (auto key = nearestKey(script, at))
            return key;
    }
    return std::nullopt;
}

bool hasLiteral(std::string_view script, std::string_view text) {
    for (std::size_t at = text.empty() ? std::string_view::npos : script.find(text);
         at != std::string_view::npos; at = script.find(text, at + 1)) {
        const std::size_t end = at + text.size();
        if (at > 0 && end < script.size() && isQuote(script[at - 1]) &&
            script[end] == script[at - 1])
            return true;
    }
    return false;
}

std::vector<std::string> scriptPathsIn(std::string_view html, std::string_view origin) {
    std::vector<std::string> paths;
    for (const std::string_view attribute : {"src=", "href="})
        for (std::size_t at = html.find(attribute); at != std::string_view::npos;
             at = html.find(attribute, at + 1)) {
            const std::string_view rest = html.substr(at + attribute.size());
            if (rest.empty() || !isQuote(rest.front()))
                continue;
            const std::size_t end = std::min(rest.find(rest.front(), 1), rest.size());
            std::string_view path = scriptOf(rest.substr(1, end - 1));
            if (path.starts_with(origin))
                path.remove_prefix(origin.size());
            if (path.empty() || path.starts_with("//") ||
                path.find("://") != std::string_view::npos)
                continue;
            std::string whole = path.starts_with('/') ? std::string(path) : "/" + std::string(path);
            if (std::find(paths.begin(), paths.end(), whole) == paths.end())
                paths.push_back(std::move(whole));
        }
    return paths;
}

} // namespace pregon
