// SPDX-License-Identifier: MIT
#include "shared/auth/session_payload.h"

#include "shared/auth/php_serialized.h"
#include "shared/json/json.h"

namespace pregon {
namespace {

/// `login_`, the guard's name, and the SHA-1 of Illuminate\Auth\SessionGuard.
constexpr std::string_view kLogin = "login_web_59ba36addc2b2f9401580f014c7f58ea4e30989d";

std::optional<std::string> idInJson(std::string_view payload) {
    const auto document = JsonDocument::parse(payload);
    if (!document)
        return std::nullopt;
    const JsonValue id = document->root().find(kLogin);
    if (const auto number = id.asInteger())
        return std::to_string(*number);
    return id.asString();
}

std::optional<std::string> idInArray(std::string_view payload) {
    const auto scalars = readPhpArray(payload);
    if (!scalars)
        return std::nullopt;
    const auto found = scalars->find(kLogin);
    return found != scalars->end() ? std::optional(found->second) : std::nullopt;
}

} // namespace

std::optional<std::string> sessionUserId(std::string_view payload, const LaravelCookie *keys) {
    constexpr int kMostLayers = 4; // a cache's text, the envelope, the text in it, the array
    std::string layer(payload);
    for (int i = 0; i < kMostLayers; i++) {
        std::optional<std::string> inner;
        if (layer.starts_with("s:")) {
            const auto text = readPhpText(layer);
            inner = text ? std::optional(std::string(*text)) : std::nullopt;
        } else if (layer.starts_with("eyJ")) { // base64 of a JSON object
            inner = keys != nullptr ? keys->openPayload(layer) : std::nullopt;
        } else {
            const auto id = layer.starts_with('{') ? idInJson(layer) : idInArray(layer);
            return id && !id->empty() ? id : std::nullopt;
        }
        if (!inner)
            return std::nullopt;
        layer = std::move(*inner);
    }
    return std::nullopt;
}

std::optional<CookieSession> readCookieSession(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document)
        return std::nullopt;
    auto data = document->root().find("data").asString();
    const auto expires = document->root().find("expires").asInteger();
    if (!data || !expires)
        return std::nullopt;
    return CookieSession{std::move(*data), *expires};
}

} // namespace pregon
