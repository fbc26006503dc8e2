// SPDX-License-Identifier: MIT
#include "fcgi/auth/identity.h"

#include "shared/log/log.h"

namespace pregon {
namespace {

/// Of the guard `web`: its name and the SHA-1 of the guard's class.
constexpr std::string_view kRememberCookie =
    "remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d";

std::optional<LaravelCookie> cookiesOf(const AppConfig &config) {
    if (config.appKey.empty())
        return std::nullopt;
    auto cookies = LaravelCookie::make(config.appKey, config.appPreviousKeys, config.appCipher);
    return cookies ? std::optional(std::move(*cookies)) : std::nullopt;
}

/// `id|remember_token|digest of the password`; the last is for AuthenticateSession.
struct Recaller {
    std::string id;
    std::string_view token;
};

std::optional<Recaller> parseRecaller(std::string_view text) {
    const std::size_t first = text.find('|');
    const std::size_t second = first == text.npos ? text.npos : text.find('|', first + 1);
    if (second == text.npos || first == 0 || second == first + 1)
        return std::nullopt;
    return Recaller{std::string(text.substr(0, first)), text.substr(first + 1, second - first - 1)};
}

/// Why a session cookie as it was sent cannot be opened. Laravel's encryption makes base64 of a
/// JSON object.
std::string_view whyClosed(std::string_view sent) {
    return sent.starts_with("eyJ")
               ? "the cookie is of another APP_KEY than PREGON_APP_KEY and "
                 "PREGON_APP_PREVIOUS_KEYS, "
                 "or of another cookie's name"
               : "the cookie is not encrypted: the application lists it in its exceptions of "
                 "EncryptCookies";
}

/// Why the text of an opened session cookie is no session's id.
std::string_view whyNoId(std::string_view text) {
    return text.starts_with("s:")
               ? "the cookie holds a PHP-serialised value, which is not understood"
               : "the cookie holds no session id";
}

} // namespace

Identity::Identity(const AppConfig &config, const Clock &clock, UsageRecorder &recorder)
    : config_(config), clock_(clock),
      recorder_(recorder), tokens_{config.userTypes,
                                   config.tokenExpirationMinutes,
                                   {config.userColumns, config.userSoftDeletes}},
      cookies_(cookiesOf(config)), sessions_(config, clock, cookies_ ? &*cookies_ : nullptr),
      jwt_(config, clock), cache_(config.identityCacheSeconds,
                                  static_cast<std::size_t>(config.identityCacheSize), clock) {}

Result<std::optional<User>> Identity::find(const HttpRequest &request, Purpose purpose,
                                           Database &database) {
    const std::string_view cookies = request.header("HTTP_COOKIE");
    std::string_view why;
    if (purpose == Purpose::Read && cookies_) {
        auto user = findBySession(request, database, why);
        if (!user || *user)
            return user;
        user = findRemembered(cookies, database);
        if (!user || *user)
            return user;
    }
    const std::string_view token = bearerToken(request.header("HTTP_AUTHORIZATION"));
    if (jwt_.isOn() && looksLikeJwt(token)) {
        std::string reason;
        auto user = findByJwt(token, purpose, database, reason);
        if (user && !*user)
            log(LogLevel::Info, "token refused",
                {{"path", request.path}, {"address", request.clientAddress}, {"reason", reason}});
        return user;
    }
    auto user = findByToken(token, purpose, database);
    if (user && !*user && !why.empty())
        log(LogLevel::Info, "session refused",
            {{"path", request.path}, {"address", request.clientAddress}, {"reason", why}});
    return user;
}

std::optional<std::string> Identity::openCookie(std::string_view cookies,
                                                std::string_view name) const {
    const auto value = cookieValue(cookies, name);
    return value ? cookies_->open(name, *value) : std::nullopt;
}

Result<std::optional<User>> Identity::findBySession(const HttpRequest &request, Database &database,
                                                    std::string_view &why) {
    const std::string_view cookies = request.header("HTTP_COOKIE");
    const auto sent = cookieValue(cookies, config_.sessionCookie);
    if (config_.sessionCookie.empty() || !sent)
        return std::optional<User>{};
    const auto id = cookies_->open(config_.sessionCookie, *sent);
    if (!id || !isSessionId(*id)) {
        why = id ? whyNoId(*id) : whyClosed(*sent);
        return std::optional<User>{};
    }
    if (auto known = cache_.find("session", *id))
        return known;
    const std::int64_t askedAt = clock_.unixSeconds();
    const auto session = sessions_.find({*id, cookies, request.until}, database);
    if (!session)
        return tl::unexpected<Error>(session.error());
    if (!*session) {
        why = sessions_.whyNone();
        return std::optional<User>{};
    }
    auto user = UserStore(database, tokens_.users).find((*session)->userId);
    if (!user || !*user)
        return user;
    cache_.put("session", *id, **user, askedAt, (*session)->validUntil);
    if (config_.sessionTouch && (*session)->isUseDue)
        recorder_.sessionUsed(*id);
    return user;
}

Result<std::optional<User>> Identity::findRemembered(std::string_view cookies, Database &database) {
    const auto text =
        config_.rememberMe ? openCookie(cookies, kRememberCookie) : std::optional<std::string>();
    const auto recaller = text ? parseRecaller(*text) : std::nullopt;
    if (!recaller)
        return std::optional<User>{};
    if (auto known = cache_.find("remember", *text))
        return known;
    const std::int64_t askedAt = clock_.unixSeconds();
    auto user = UserStore(database, tokens_.users).findRemembered(recaller->id, recaller->token);
    if (user && *user)
        cache_.put("remember", *text, **user, askedAt, std::nullopt);
    return user;
}

Result<std::optional<User>> Identity::findByToken(std::string_view token, Purpose purpose,
                                                  Database &database) {
    if (token.empty())
        return std::optional<User>{};
    if (purpose == Purpose::Read)
        if (auto known = cache_.find("token", token))
            return known;
    const std::int64_t askedAt = clock_.unixSeconds();
    auto found = TokenStore(database, clock_, tokens_).find(token);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!*found)
        return std::optional<User>{};
    (*found)->user.guard = "sanctum";
    cache_.put("token", token, (*found)->user, askedAt, (*found)->validUntil);
    if (config_.touchLastUsed && (*found)->isUseDue)
        recorder_.tokenUsed((*found)->id);
    return std::optional<User>(std::move((*found)->user));
}

Result<std::optional<User>> Identity::findByJwt(std::string_view token, Purpose purpose,
                                                Database &database, std::string &why) {
    if (purpose == Purpose::Read)
        if (auto known = cache_.find("jwt", token))
            return known;
    const std::int64_t askedAt = clock_.unixSeconds();
    auto found = jwt_.find(token, database, tokens_.users, why);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!*found)
        return std::optional<User>{};
    cache_.put("jwt", token, (*found)->user, askedAt, (*found)->validUntil);
    return std::optional<User>(std::move((*found)->user));
}

} // namespace pregon
