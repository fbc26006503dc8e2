// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/probe/answerer.h"
#include "shared/clock.h"
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

/// Does any of Pregón's two programs answer there? A site may route by the Upgrade header alone.
bool answersElsewhere(const Visit &visit) {
    const std::string app = "/app/" + percentEncode(visit.app.key);
    for (const ProbeRequest &request :
         {ProbeRequest{"GET", visit.path(app), {}, ""},
          ProbeRequest{"POST", visit.path("/apps/" + visit.app.id + "/events"), {}, "{}"}})
        if (const auto answer = visit.ask(request); answer && isFromPregon(answer->head))
            return true;
    const auto upgrade = askUpgrade(visit);
    return upgrade && isFromPregon(upgrade->head);
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
    const std::string status = std::to_string(answer->head.status);
    if (isFromPregon(answer->head)) {
        visit.isPregon = true;
        if (answer->head.status == 200)
            return ok("Pregón answers " + visit.site->text() +
                      visit.path("/up").substr(visit.site->path.size()));
        return broken("Pregón is not well: " + status + " " + answer->body);
    }
    if (isAway(answer->head.status) && !isChallenge(answer->head)) {
        visit.isPregon = true;
        return broken("the web server cannot reach pregon-fcgi: " + status +
                          "; see the checks responder and sockets",
                      visit.whereRouted("/up"));
    }
    if (isTlsComplaint(*answer))
        return notChecked("see the check scheme");
    visit.isPregon = answersElsewhere(visit);
    if (visit.isPregon)
        return warning("/up is not routed to pregon-fcgi but to " + answererOf(*answer) +
                           ": a monitor cannot ask it",
                       visit.whereRouted("/up"));
    return anotherSite(visit, "/up answers " + status + ", from " + answererOf(*answer));
}

} // namespace pregon
