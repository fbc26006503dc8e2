// SPDX-License-Identifier: MIT
#include "shared/auth/jwt.h"

#include "shared/json/json.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace pregon {
namespace {

tl::unexpected<Error> refused(const char *reason) {
    return failure(Errc::Unauthorized, reason);
}

/// base64url, without padding.
std::optional<std::string> decodeUrlBase64(std::string_view text) {
    std::string plain(text);
    for (char &c : plain) {
        if (c == '+' || c == '/' || c == '=')
            return std::nullopt;
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    return decodeBase64(plain);
}

Result<JsonDocument> decodeObject(std::string_view part) {
    const auto text = decodeUrlBase64(part);
    auto document = text ? JsonDocument::parse(*text) : failure(Errc::BadRequest, "");
    if (!document || !document->root().isObject())
        return refused("the token is malformed");
    return document;
}

std::optional<std::string> asKey(JsonValue value) {
    if (const auto number = value.asInteger())
        return std::to_string(*number);
    return value.asString();
}

bool names(JsonValue audience, const std::string &wanted) {
    bool isNamed = audience.asString() == wanted;
    if (audience.isArray())
        audience.forEach([&](std::string_view, JsonValue one) {
            isNamed = isNamed || one.asString() == wanted;
        });
    return isNamed;
}

/// As Passport and as OAuth 2.0 (RFC 8693) write them.
std::vector<std::string> abilitiesOf(JsonValue claims) {
    std::vector<std::string> all;
    claims.find("scopes").forEach([&](std::string_view, JsonValue one) {
        if (const auto name = one.asString())
            all.push_back(*name);
    });
    std::istringstream words(claims.find("scope").asString().value_or(""));
    for (std::string word; words >> word;)
        all.push_back(word);
    return all;
}

/// The time of a claim; nullopt: not there. A time that is no number holds at no time.
Result<std::optional<std::int64_t>> timeOf(JsonValue claims, const char *name) {
    const JsonValue value = claims.find(name);
    if (!value.exists())
        return std::optional<std::int64_t>{};
    // Some issuers write fractions of seconds.
    const std::string text = value.asNumberText().value_or("");
    const std::string whole = text.substr(0, text.find('.'));
    std::int64_t seconds = 0;
    constexpr std::size_t kMostDigits = 12;
    if (whole.empty() || whole.size() > kMostDigits ||
        whole.find_first_not_of("0123456789") != whole.npos)
        return refused("a time in the token is malformed");
    std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
    return std::optional(seconds);
}

Result<std::int64_t> checkTimes(JsonValue claims, std::int64_t leeway, std::int64_t now) {
    const auto expires = timeOf(claims, "exp"), begins = timeOf(claims, "nbf"),
               issued = timeOf(claims, "iat");
    for (const auto *time : {&expires, &begins, &issued})
        if (!*time)
            return tl::unexpected<Error>(time->error());
    if (!*expires)
        return refused("the token has no exp");
    if (**expires + leeway <= now)
        return refused("the token has expired");
    if ((*begins && **begins > now + leeway) || (*issued && **issued > now + leeway))
        return refused("the token is of the future");
    return **expires + leeway - 1;
}

} // namespace

std::optional<JwtAlgorithm> findJwtAlgorithm(std::string_view name) {
    if (name == "RS256")
        return JwtAlgorithm::Rs256;
    if (name == "ES256")
        return JwtAlgorithm::Es256;
    return name == "HS256" ? std::optional(JwtAlgorithm::Hs256) : std::nullopt;
}

bool looksLikeJwt(std::string_view token) {
    return std::count(token.begin(), token.end(), '.') == 2;
}

Result<JwtToken> checkJwt(std::string_view token, const JwtKeys &keys, const JwtRules &rules,
                          std::int64_t now) {
    if (token.size() > kMaxJwt || !looksLikeJwt(token))
        return refused("the token is malformed");
    const std::size_t first = token.find('.'), last = token.rfind('.');
    const auto header = decodeObject(token.substr(0, first));
    const auto claims = decodeObject(token.substr(first + 1, last - first - 1));
    const auto signature = decodeUrlBase64(token.substr(last + 1));
    if (!header || !claims || !signature)
        return refused("the token is malformed");
    if (findJwtAlgorithm(header->root().find("alg").asString().value_or("")) != keys.algorithm())
        return refused("the token is signed with another algorithm than PREGON_JWT_ALGORITHM");
    if (header->root().find("crit").exists())
        return refused("the token demands an extension (crit)");
    if (!keys.verify(token.substr(0, last), *signature,
                     header->root().find("kid").asString().value_or("")))
        return refused("the token's signature is of none of the keys");
    const auto validUntil = checkTimes(claims->root(), rules.leewaySeconds, now);
    if (!validUntil)
        return tl::unexpected<Error>(validUntil.error());
    if (!rules.issuer.empty() && claims->root().find("iss").asString() != rules.issuer)
        return refused("the token is of another issuer than PREGON_JWT_ISSUER");
    if (!rules.audience.empty() && !names(claims->root().find("aud"), rules.audience))
        return refused("the token is for others than PREGON_JWT_AUDIENCE");
    auto subject = asKey(claims->root().find(rules.claim));
    if (!subject || subject->empty())
        return refused("the token lacks the claim that tells the user");
    return JwtToken{std::move(*subject), asKey(claims->root().find("jti")).value_or(""),
                    *validUntil, abilitiesOf(claims->root())};
}

} // namespace pregon
