// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/probe/answerer.h"
#include "ctl/probe/fallback_check.h"
#include "shared/json/json.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/protocol/own_header.h"

namespace pregon {
namespace {

constexpr const char *kAuth = "/broadcasting/auth";
constexpr const char *kApiAuth = "/api/broadcasting/auth";

/// A question that needs a login, with a token that cannot be one.
Probed<ProbeAnswer> askAuth(const Visit &visit, const char *path) {
    return visit.ask({"POST",
                      visit.path(path),
                      {"Authorization: Bearer 0|pregon-doctor", "Accept: application/json",
                       "Content-Type: application/x-www-form-urlencoded"},
                      "socket_id=1.1&channel_name=private-pregon-doctor"});
}

/// Pregón refuses a token with a WWW-Authenticate, Laravel (behind the fallback, too) without.
bool refusesToken(const ProbeAnswer &answer) {
    return !answer.head.header("www-authenticate").empty();
}

/// Where the application says that pages or phones ask for `/api/broadcasting/auth`: a line of its
/// `.env`, a script of its page. Empty: nowhere that can be seen.
std::string whoAsksApi(const Visit &visit) {
    constexpr std::string_view kEndpoint = "/api/broadcasting/auth";
    if (const std::string line = visit.laravel->whereContained(kEndpoint); !line.empty())
        return line;
    for (const PageScript &script : visit.scripts)
        if (script.text.find(kEndpoint) != std::string::npos)
            return script.where;
    return "";
}

/// Why a site may do without the endpoint: the application answers auth itself. Empty: it may not,
/// or nothing is known of the application.
std::string whyLeftOut(const Visit &visit, std::string_view path) {
    if (!visit.laravel)
        return "";
    if (path == kApiAuth && whoAsksApi(visit).empty())
        return "nothing in the application's .env or scripts points there: right if the "
               "application "
               "itself answers auth at /broadcasting/auth, else route it to pregon-fcgi";
    if (path == kAuth && visit.pageOrigin() != visit.site->origin())
        return "pages of " + visit.pageOrigin() +
               " ask their own origin there: right if the application itself answers auth, else "
               "route it to pregon-fcgi and give Echo the authEndpoint";
    return "";
}

Diagnosis checkMissing(const Visit &visit, std::string_view path, const std::string &answered,
                       const std::string &where) {
    const std::string said = answered + ": it is not routed to Pregón";
    if (const std::string reason = whyLeftOut(visit, path); !reason.empty())
        return warning(said + ", and " + reason, where);
    const std::string asker = path == kApiAuth && visit.laravel ? whoAsksApi(visit) : "";
    return broken(said +
                      ", and pages and apps that ask there "
                      "(authEndpoint" +
                      (asker.empty() ? "" : ", " + asker) + ") join no private channel",
                  where);
}

/// The finding for an answer of 502 to 504.
std::string whyAway(const Visit &visit, const ResponseHead &head) {
    return isFrom(head, kFromResponder) && !visit.fallbackFault.empty()
               ? "Pregón cannot ask the application, see the check fallback"
               : "pregon-fcgi or its store is away";
}

Diagnosis checkLogin(const Visit &visit, const char *path, const Probed<ProbeAnswer> &answer) {
    const std::string where = visit.whereRouted(path);
    if (!answer)
        return broken(std::string(path) + ": no answer: " + answer.error().reason, where);
    const ResponseHead &head = answer->head;
    const std::string said = std::string(path) + " answers " + std::to_string(head.status);
    if (isAway(head.status) && !isChallenge(head))
        return broken(said + ": " + whyAway(visit, head), where);
    if (isFrom(head, kFromResponder))
        return ok(std::string(path) + " is answered by Pregón");
    const bool isPage = head.status == 200; // an answer with this status accepts an invalid token
    if (head.status == 404 || head.status == 405 || isPage)
        return checkMissing(visit, path, said, where);
    if (isChallenge(head))
        return broken(said + ": " + answererOf(*answer), where);
    if (isMoved(head.status))
        return broken(said + ": the web server redirects it to " + head.header("location"), where);
    return ok(said + ": the application answers it, not Pregón (" + answererOf(*answer) + ")");
}

/// The directive of nginx that removes the Authorization header; empty: there is none.
std::string whereHeaderIsDropped(const Visit &visit, const char *path) {
    const auto place = visit.nginxPlace(path);
    if (!place)
        return visit.caddyFile;
    for (const char *name : {"fastcgi_param", "proxy_set_header"})
        for (const NginxDirective *directive : place->settings(name)) {
            const std::string_view what = directive->argument(0);
            if ((what == "HTTP_AUTHORIZATION" || what == "Authorization") &&
                directive->argument(1).empty())
                return directive->where();
        }
    if (const NginxDirective *headers = place->setting("fastcgi_pass_request_headers"))
        if (headers->argument(0) == "off")
            return headers->where();
    return place->innermost().where();
}

constexpr const char *kOwnChannel = "private-pregon-doctor"; // no user may join it

Probed<ProbeAnswer> askAsUser(const Visit &visit, const char *path, const std::string &socketId,
                              const std::string &channel) {
    return visit.ask({"POST",
                      visit.path(path),
                      {"Authorization: Bearer " + visit.options.token, "Accept: application/json",
                       "Content-Type: application/x-www-form-urlencoded"},
                      "socket_id=" + socketId + "&channel_name=" + channel});
}

/// Whether the answer's signature is the one that pregon-worker accepts (spec pusher-websocket §4).
bool isSignedRightly(const Visit &visit, const ProbeAnswer &answer, const std::string &socketId,
                     const std::string &channel) {
    const auto document = JsonDocument::parse(answer.body);
    if (!document)
        return false;
    const std::string data = document->root().find("channel_data").asString().value_or("");
    const std::string text = socketId + ":" + channel + (data.empty() ? "" : ":" + data);
    return document->root().find("auth").asString().value_or("") ==
           visit.app.key + ":" + HmacSigner(visit.app.secret).sign(text);
}

/// What an answer to the user's question means.
Diagnosis judgeUser(const Visit &visit, const std::string &said, const ProbeAnswer &answer,
                    const std::string &channel) {
    const int status = answer.head.status;
    if (status == 403 && !refusesToken(answer) && channel == kOwnChannel)
        return ok(said + ": the token is accepted, and " + channel +
                  " refused, as it must be; --channel asks for another");
    if (status == 403 && !refusesToken(answer))
        return broken(said + ": the token is accepted, but its user may not join " + channel,
                      visit.config ? visit.config->channelsFile : "");
    if (status == 401 || status == 403)
        return broken(said +
                          ": the token is refused: it is expired, revoked, of another store or of "
                          "another type than PREGON_USER_TYPE",
                      visit.whereIs("PREGON_DATABASE"));
    if (status == 419)
        return broken(said +
                      ": a page's session is wanted there, not a token: give phones and pages "
                      "with a token the authEndpoint /api/broadcasting/auth");
    return broken(said + ": neither a signature nor a refusal");
}

} // namespace

Diagnosis checkFallback(Visit &visit) {
    if (visit.config->authFallback.empty())
        return notChecked("no PREGON_AUTH_FALLBACK: Pregón alone decides");
    visit.fallbackFault = fallbackFault(*visit.config);
    if (!visit.fallbackFault.empty())
        return broken(visit.fallbackFault, visit.whereIs("PREGON_AUTH_FALLBACK"));
    return ok("the application answers at PREGON_AUTH_FALLBACK");
}

Diagnosis checkUserLogin(Visit &visit) {
    if (visit.options.token.empty())
        return notChecked(
            "no user's token: --token-file FILE, or PREGONCTL_TOKEN in the environment");
    const std::string channel = visit.options.channel.empty() ? kOwnChannel : visit.options.channel;
    const std::string socketId = visit.socketId.empty() ? "1.1" : visit.socketId;
    std::string path = kApiAuth;
    auto answer = askAsUser(visit, kApiAuth, socketId, channel);
    if (answer && (answer->head.status == 404 || answer->head.status == 405)) {
        path = kAuth;
        answer = askAsUser(visit, kAuth, socketId, channel);
    }
    const std::string where = visit.whereRouted(path);
    if (!answer)
        return broken(path + ": no answer: " + answer.error().reason, where);
    const int status = answer->head.status;
    const std::string said = path + " answers " + std::to_string(status) + " to the user's token";
    if (isAway(status))
        return broken(said + ": " + whyAway(visit, answer->head), where);
    if (status == 404 || status == 405)
        return broken(said + ": nobody who logs in there joins a private channel", where);
    if (status != 200)
        return judgeUser(visit, said, *answer, channel);
    if (!isSignedRightly(visit, *answer, socketId, channel))
        return broken(said + ", but not with Pregón's signature for " + channel +
                          ": whoever answers has another key or secret",
                      where);
    return ok(said + ": its user may join " + channel + ", and the signature is right");
}

Diagnosis checkAuth(Visit &visit) {
    return checkLogin(visit, kAuth, askAuth(visit, kAuth));
}

Diagnosis checkApiAuth(Visit &visit) {
    return checkLogin(visit, kApiAuth, askAuth(visit, kApiAuth));
}

Diagnosis checkPhonePath(Visit &visit) {
    constexpr const char *kNotifications = "/api/notifications";
    return checkLogin(visit, kNotifications, askAuth(visit, kNotifications));
}

Diagnosis checkAuthorizationHeader(Visit &visit) {
    bool isSeen = false;
    for (const char *path : {kAuth, kApiAuth}) {
        const auto answer = askAuth(visit, path);
        if (!answer || !refusesToken(*answer))
            continue;
        isSeen = true;
        if (answer->head.header("www-authenticate").find("invalid_token") == std::string::npos)
            return broken(std::string(path) +
                              ": the web server drops the Authorization header, so "
                              "that every token is refused (nginx: no empty fastcgi_param "
                              "HTTP_AUTHORIZATION; Apache: CGIPassAuth On)",
                          whereHeaderIsDropped(visit, path));
    }
    return isSeen ? ok("the Authorization header arrives")
                  : notChecked("Pregón answers neither auth endpoint");
}

} // namespace pregon
