// SPDX-License-Identifier: MIT
#include "ctl/probe/fallback_check.h"

#include "ctl/probe/answerer.h"
#include "ctl/probe/http_probe.h"

namespace pregon {
namespace {

constexpr const char *kPaths[] = {"/broadcasting/auth", "/api/broadcasting/auth"};

/// With pregon-fcgi's own Via: an address that leads back there is answered without a further
/// round.
Probed<ProbeAnswer> ask(const AppConfig &config, const SiteUrl &site, const char *path) {
    const ProbeRoute route{site, "", false,
                           std::chrono::milliseconds(config.authFallbackTimeoutMs)};
    return probe(route,
                 {"GET", site.path + path, {"Accept: application/json", "Via: 1.1 pregon"}, ""});
}

std::string whyNoAnswer(const ProbeFailure &failure, const SiteUrl &site) {
    switch (failure.fault) {
    case ProbeFault::Name:
        return "its name leads to no address: " + failure.reason;
    case ProbeFault::Connect:
        return "nothing takes connections there: " + failure.reason;
    case ProbeFault::Certificate:
        return "its certificate is not trusted for " + site.host + ": " + failure.reason;
    case ProbeFault::Tls:
        return "no TLS: " + failure.reason;
    case ProbeFault::Answer:
        break;
    }
    return "no answer: " + failure.reason;
}

/// Empty: it may be the application's.
std::string faultOf(const ProbeAnswer &answer) {
    constexpr int kServerError = 500;
    const int status = answer.head.status;
    if (isFromPregon(answer.head))
        return "it leads back to Pregón: give it an address where the application alone answers";
    const std::string said = "it answers " + std::to_string(status);
    if (isChallenge(answer.head) || status == 404)
        return said + ", from " + answererOf(answer);
    if (isMoved(status))
        return said + " and redirects to " + answer.head.header("location");
    if (status >= kServerError)
        return said + ": see the application's log";
    return "";
}

/// What is wrong with the configured address; empty: it may be the application's.
std::string faultOfAddress(const AppConfig &config) {
    const auto site = parseSiteUrl(config.authFallback);
    if (!site)
        return site.error().reason;
    std::string fault;
    for (const char *path : kPaths) { // an application may have the one or the other
        const auto answer = ask(config, *site, path);
        if (!answer)
            return whyNoAnswer(answer.error(), *site);
        fault = faultOf(*answer);
        if (answer->head.status != 404 || isFromPregon(answer->head))
            break;
    }
    return fault;
}

} // namespace

std::string fallbackFault(const AppConfig &config) {
    const std::string fault = config.authFallback.empty() ? "" : faultOfAddress(config);
    return fault.empty() ? "" : "PREGON_AUTH_FALLBACK=" + config.authFallback + ": " + fault;
}

} // namespace pregon
