// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/probe/answerer.h"
#include "shared/json/json.h"
#include "shared/protocol/own_header.h"
#include "shared/url_encoding.h"

#include <algorithm>

namespace pregon {
namespace {

/// What of the upgrade nginx does not hand on; empty: all of it.
std::string missingUpgrade(const NginxPlace &place) {
    const auto sets = [&](std::string_view name) {
        const auto headers = place.settings("proxy_set_header");
        return std::any_of(headers.begin(), headers.end(), [&](const NginxDirective *header) {
            return header->argument(0) == name && !header->argument(1).empty();
        });
    };
    if (!sets("Upgrade"))
        return "proxy_set_header Upgrade $http_upgrade";
    return sets("Connection") ? "" : "proxy_set_header Connection $pregon_connection";
}

/// The worker refuses upgrades by HTTP/1.0, which is nginx's own choice.
bool passesHttp10(const NginxPlace &place) {
    const NginxDirective *version = place.setting("proxy_http_version");
    return version == nullptr || version->argument(0) != "1.1";
}

Diagnosis badUpgrade(const Visit &visit) {
    const std::string where = visit.whereRouted("/app/");
    if (const auto place = visit.nginxPlace("/app/"); place && passesHttp10(*place))
        return broken("/app/ is passed on as HTTP/1.0: nginx lacks proxy_http_version 1.1", where);
    return broken("/app/ answers 400: something in between alters the upgrade", where);
}

Diagnosis plainRequest(const Visit &visit) {
    const auto place = visit.nginxPlace("/app/");
    const std::string missing = place ? missingUpgrade(*place) : "";
    return broken("/app/ is routed, but without the Upgrade headers: the worker gets a plain "
                  "request" +
                      (missing.empty() ? std::string() : "; nginx lacks " + missing),
                  visit.whereRouted("/app/"));
}

Diagnosis notUpgraded(const Visit &visit, const ResponseHead &head) {
    const std::string status = std::to_string(head.status);
    const std::string where = visit.whereRouted("/app/");
    if (head.status == 400)
        return badUpgrade(visit);
    if (head.status == 426 && isFrom(head, kFromWorker))
        return plainRequest(visit);
    if (isAway(head.status) && !isChallenge(head))
        return broken("the web server cannot reach pregon-worker: " + status +
                          "; see the checks worker, listener and sockets",
                      where);
    if (head.status >= 301 && head.status <= 308)
        return broken("/app/ is redirected to " + head.header("location") +
                          ": a WebSocket does not follow; use that address",
                      where);
    if (isFrom(head, kFromWorker))
        return broken("/app/ answers " + status +
                          " and not 101: something in between alters the path",
                      where);
    return broken("/app/ is not routed to pregon-worker: " + status + " from " +
                      answererOf({head, "-"}),
                  where);
}

Diagnosis refused(const Visit &visit, JsonValue data) {
    const auto code = data.find("code").asInteger().value_or(0);
    const std::string text = "the worker refuses the client: error " + std::to_string(code) + ", " +
                             data.find("message").asString().value_or("");
    if (code == 4001)
        return broken(text + ": its key is not known to Pregón",
                      visit.laravel ? visit.laravel->where("REVERB_APP_KEY")
                                    : visit.whereIs("REVERB_APP_KEY"));
    if (code == 4009)
        return broken(text + ": pages of " + visit.pageOrigin() + " may not connect; add it",
                      visit.whereIs("PREGON_APP_ALLOWED_ORIGINS"));
    return broken(text, visit.options.configFile);
}

} // namespace

Probed<Upgrade> askUpgrade(const Visit &visit) {
    auto connection = ProbeConnection::open(visit.route());
    if (!connection)
        return tl::unexpected(connection.error());
    auto socket = std::make_unique<WebSocketProbe>(std::move(*connection));
    const std::string path = visit.path("/app/" + percentEncode(visit.app.key) +
                                        "?protocol=7&client=js&version=8.4.0&flash=false");
    const auto head = socket->upgrade(*visit.site, path, visit.pageOrigin(), visit.deadline());
    if (!head)
        return tl::unexpected(ProbeFailure{ProbeFault::Answer, head.error().reason});
    return Upgrade{*head, std::move(socket)};
}

Diagnosis checkUpgrade(Visit &visit) {
    auto upgrade = askUpgrade(visit);
    if (!upgrade)
        return broken("/app/ does not answer as a WebSocket: " + upgrade.error().reason,
                      visit.whereRouted("/app/"));
    if (upgrade->head.status != 101)
        return notUpgraded(visit, upgrade->head);
    if (!isFrom(upgrade->head, kFromWorker))
        return broken("/app/ leads to another WebSocket server than pregon-worker: " +
                          answererOf({upgrade->head, "-"}),
                      visit.whereRouted("/app/"));
    visit.socket = std::move(upgrade->socket);
    return ok("/app/ is upgraded to a WebSocket");
}

Diagnosis checkGreeting(Visit &visit) {
    const auto message = visit.socket->next(visit.deadline());
    const auto isThere = message && *message;
    const auto document = isThere ? JsonDocument::parse(**message)
                                  : Result<JsonDocument>(failure(Errc::BadRequest, ""));
    const auto data = document ? document->root().find("data").asString() : std::nullopt;
    if (!document) {
        visit.socket.reset();
        return broken("no greeting: " + (message ? "nothing came in time; does the proxy buffer"
                                                 : message.error().reason),
                      visit.whereRouted("/app/"));
    }
    const std::string event = document->root().find("event").asString().value_or("");
    const auto inner = JsonDocument::parse(data.value_or("{}"));
    if (event == "pusher:connection_established" && inner) {
        visit.socketId = inner->root().find("socket_id").asString().value_or("");
        return ok("pusher:connection_established, the key is known");
    }
    visit.socket.reset();
    if (event == "pusher:error")
        return refused(visit, inner && data ? inner->root() : document->root().find("data"));
    return broken("what answers is no Pusher server: " + event, visit.whereRouted("/app/"));
}

} // namespace pregon
