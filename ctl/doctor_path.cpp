#include "ctl/doctor_checks.h"
#include "shared/clock.h"
#include "shared/json.h"
#include "shared/url_encoding.h"

#include <algorithm>

namespace pregon {
namespace {

/// Opens the visit's connection to the site, once.
void connect(Visit &visit) {
    if (visit.connection || visit.connectFault)
        return;
    auto connection = ProbeConnection::open(visit.route());
    if (connection)
        visit.connection = std::move(*connection);
    else
        visit.connectFault = connection.error();
}

bool failedBy(const Visit &visit, ProbeFault fault) {
    return visit.connectFault && visit.connectFault->fault == fault;
}

/// The line that gives the site's name, port or scheme: the application's, if it was asked about.
std::string whereNamed(const Visit &visit, std::string_view key) {
    return visit.laravel && visit.options.url.empty() ? visit.laravel->where(key) : "";
}

bool isTlsComplaint(const ProbeAnswer &answer) {
    return answer.head.status == 400 &&
           (answer.body.find("plain HTTP request was sent to HTTPS port") != std::string::npos ||
            answer.body.find("HTTP request to an HTTPS server") != std::string::npos);
}

/// Does any of Pregón's two programs answer there?
bool answersElsewhere(const Visit &visit) {
    const auto app = visit.ask({"GET", visit.path("/app/" + percentEncode(visit.app.key)), {}, ""});
    const auto api = visit.ask({"POST", visit.path("/apps/" + visit.app.id + "/events"), {}, "{}"});
    return (app && app->head.status == 426) ||
           (api && api->body.starts_with("Authentication signature"));
}

std::string namesOf(const NginxDirective &server) {
    const NginxDirective *names = server.find("server_name");
    return "server_name " + (names != nullptr ? std::string(names->argument(0)) : "not set");
}

/// Where the site that answers in Pregón's place is configured, and where Pregón is.
Diagnosis anotherSite(const Visit &visit, const std::string &what) {
    std::string text = "another site answers " + visit.site->text() + " first: " + what;
    std::string where = visit.caddyFile;
    if (const auto place = visit.nginxPlace("/up")) {
        where = place->server().where();
        text += "; nginx takes the server block " + namesOf(place->server());
        const auto ours = findNginxLocation(*visit.nginx, "/app/");
        if (ours && &ours->server() != &place->server())
            text += ", while Pregón's locations are in that of " + ours->server().where() + ", " +
                    namesOf(ours->server());
        else
            text += ": include pregon-locations.conf in it";
    }
    return broken(text, where);
}

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

Diagnosis notUpgraded(const Visit &visit, const ResponseHead &head) {
    const std::string status = std::to_string(head.status);
    const std::string where = visit.whereRouted("/app/");
    switch (head.status) {
    case 426: {
        const auto place = visit.nginxPlace("/app/");
        const std::string missing = place ? missingUpgrade(*place) : "";
        return broken("/app/ is routed, but without the Upgrade headers: the worker gets a plain "
                      "request" +
                          (missing.empty() ? std::string() : "; nginx lacks " + missing),
                      where);
    }
    case 400:
        if (const auto place = visit.nginxPlace("/app/"); place && passesHttp10(*place))
            return broken("/app/ is passed on as HTTP/1.0: nginx lacks proxy_http_version 1.1",
                          where);
        return broken("/app/ answers 400: something in between alters the upgrade", where);
    case 404:
    case 405:
        return broken("/app/ is not routed to pregon-worker: " + status + " from another program",
                      where);
    case 502:
    case 503:
    case 504:
        return broken("the web server cannot reach pregon-worker: " + status +
                          "; see the checks worker, listener and sockets",
                      where);
    case 301:
    case 302:
    case 307:
    case 308:
        return broken("/app/ is redirected to " + head.header("location") +
                          ": a WebSocket does not follow; use that address",
                      where);
    default:
        return broken("/app/ answers " + status +
                          " and not 101: something in between does not "
                          "let WebSockets pass, or another site answers",
                      where);
    }
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

Diagnosis checkName(Visit &visit) {
    connect(visit);
    if (failedBy(visit, ProbeFault::Name))
        return broken("the name " + visit.site->host +
                          " leads to no address: " + visit.connectFault->reason,
                      whereNamed(visit, "REVERB_HOST"));
    if (visit.connection)
        return ok(visit.site->host + " is " + visit.connection->address());
    return ok(visit.site->host + " has an address");
}

Diagnosis checkConnect(Visit &visit) {
    connect(visit);
    if (failedBy(visit, ProbeFault::Name))
        return notChecked("there is no address");
    if (failedBy(visit, ProbeFault::Connect))
        return broken("nothing takes connections there: " + visit.connectFault->reason +
                          "; is the web server running, does it listen on port " +
                          std::to_string(visit.site->port) +
                          ", does a firewall let it pass (ufw "
                          "status)",
                      whereNamed(visit, "REVERB_PORT"));
    return ok("port " + std::to_string(visit.site->port) + " takes connections");
}

Diagnosis checkTls(Visit &visit) {
    connect(visit);
    if (!visit.site->isTls())
        return notChecked("the URL is http://: nothing is encrypted");
    if (failedBy(visit, ProbeFault::Name) || failedBy(visit, ProbeFault::Connect))
        return notChecked("there is no connection");
    if (visit.connectFault && visit.connectFault->fault != ProbeFault::Certificate)
        return broken("no TLS: " + visit.connectFault->reason, visit.whereRouted("/app/"));
    return ok("TLS");
}

Diagnosis checkCertificate(Visit &visit) {
    constexpr std::int64_t kDay = 86400, kSoon = 14 * kDay;
    if (!visit.site->isTls())
        return notChecked("the URL is http://");
    ProbeRoute asBrowser = visit.route();
    asBrowser.trustsAnyCertificate = false;
    const auto verified = ProbeConnection::open(asBrowser);
    if (!verified && verified.error().fault == ProbeFault::Certificate) {
        const std::string text =
            "browsers do not trust the certificate: " + verified.error().reason;
        return visit.options.trustsAnyCertificate ? warning(text + " (passed over: --insecure)")
                                                  : broken(text + "; --insecure passes over it");
    }
    if (!verified)
        return notChecked("there is no TLS connection");
    const auto ends = verified->certificateEnds();
    const std::int64_t left = ends.value_or(0) - SystemClock().unixSeconds();
    if (ends && left < kSoon)
        return warning("the certificate ends in " + std::to_string(left / kDay) + " days");
    return ok("browsers trust the certificate" +
              (ends ? " for " + std::to_string(left / kDay) + " days more" : std::string()));
}

Diagnosis checkScheme(Visit &visit) {
    const std::string where = whereNamed(visit, "REVERB_SCHEME");
    const std::string port = std::to_string(visit.site->port);
    if (!visit.site->isTls()) {
        const auto answer = visit.connection ? visit.ask({"GET", visit.path("/up"), {}, ""})
                                             : tl::unexpected(ProbeFailure{});
        if (answer && isTlsComplaint(*answer))
            return broken("port " + port + " speaks TLS, but the scheme is http: write https",
                          where);
        return visit.connection ? ok("port " + port + " speaks plain HTTP, as the URL says")
                                : notChecked("there is no connection");
    }
    if (!failedBy(visit, ProbeFault::Tls))
        return visit.connection ? ok("port " + port + " speaks TLS, as the URL says")
                                : notChecked("there is no connection");
    ProbeRoute plain = visit.route();
    plain.site.scheme = "http";
    if (probe(plain, {"GET", "/", {}, ""}))
        return broken("port " + port +
                          " speaks plain HTTP, but the scheme is https: write http, or "
                          "give the port a certificate",
                      where);
    return notChecked("port " + port + " speaks neither TLS nor HTTP");
}

Diagnosis checkSite(Visit &visit) {
    const auto answer = visit.ask({"GET", visit.path("/up"), {}, ""});
    if (!answer)
        return broken("no answer: " + answer.error().reason);
    const int status = answer->head.status;
    if (answer->body.find("\"health\"") != std::string::npos) {
        visit.isPregon = true;
        if (status == 200)
            return ok("Pregón answers " + visit.site->text() +
                      visit.path("/up").substr(visit.site->path.size()));
        return broken("Pregón is not well: " + answer->body);
    }
    if (status == 502 || status == 503 || status == 504) {
        visit.isPregon = true;
        return broken("the web server cannot reach pregon-fcgi: " + std::to_string(status) +
                          "; see the checks responder and sockets",
                      visit.whereRouted("/up"));
    }
    if (isTlsComplaint(*answer))
        return notChecked("see the check scheme");
    visit.isPregon = answersElsewhere(visit);
    if (visit.isPregon)
        return warning("/up is not routed to pregon-fcgi: a monitor cannot ask it",
                       visit.whereRouted("/up"));
    return anotherSite(visit, "/up answers " + std::to_string(status));
}

Diagnosis checkUpgrade(Visit &visit) {
    auto connection = ProbeConnection::open(visit.route());
    if (!connection)
        return broken("no connection: " + connection.error().reason);
    auto socket = std::make_unique<WebSocketProbe>(std::move(*connection));
    const std::string path = visit.path("/app/" + percentEncode(visit.app.key) +
                                        "?protocol=7&client=js&version=8.4.0&flash=false");
    const auto head = socket->upgrade(*visit.site, path, visit.pageOrigin(), visit.deadline());
    if (!head)
        return broken("/app/ does not answer as a WebSocket: " + head.error().reason,
                      visit.whereRouted("/app/"));
    if (head->status != 101)
        return notUpgraded(visit, *head);
    visit.socket = std::move(socket);
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
