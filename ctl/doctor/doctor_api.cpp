// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/probe/answerer.h"
#include "shared/ascii.h"
#include "shared/clock.h"
#include "shared/json/json.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/protocol/own_header.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace pregon {
namespace {

constexpr const char *kApiAuth = "/api/broadcasting/auth";
constexpr const char *kEvent = "pregon-doctor";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

Probed<ProbeAnswer> askChannels(const Visit &visit) {
    return visit.askSigned("GET", "/apps/" + visit.app.id + "/channels", "");
}

std::string signatureLine(const Visit &visit) {
    return visit.laravel ? visit.laravel->where("REVERB_APP_SECRET")
                         : visit.whereIs("REVERB_APP_SECRET");
}

/// Waits for `event` on the visit's socket; its data. Answers the server's pings.
Result<std::string> await(Visit &visit, std::string_view event,
                          std::chrono::steady_clock::time_point until) {
    while (true) {
        const auto message = visit.socket->next(until);
        if (!message)
            return tl::unexpected<Error>(message.error());
        if (!*message)
            return failure(Errc::NotFound, "nothing came in time");
        const auto document = JsonDocument::parse(**message);
        if (!document)
            continue;
        const std::string name = document->root().find("event").asString().value_or("");
        if (name == event)
            return document->root().find("data").asString().value_or("");
        if (name == "pusher:ping")
            if (const auto sent = visit.socket->send(R"({"event":"pusher:pong"})", until); !sent)
                return tl::unexpected<Error>(sent.error());
        if (name == "pusher:error")
            return failure(Errc::Forbidden, document->root().find("data").print());
    }
}

std::string eventBody(const Visit &visit, const std::string &mark) {
    JsonWriter json;
    json.beginObject().key("name").string(kEvent).key("channel").string(visit.channel);
    json.key("data").string(mark).endObject();
    return json.take();
}

Probed<ProbeAnswer> publish(const Visit &visit, const std::string &body) {
    return visit.askSigned("POST", "/apps/" + visit.app.id + "/events", body);
}

bool isSameText(std::string_view left, std::string_view right) {
    return asciiLower(std::string(left)) == asciiLower(std::string(right));
}

/// The preflight of a page of that origin.
Probed<ProbeAnswer> askPreflight(const Visit &visit, const std::string &origin) {
    return visit.ask({"OPTIONS",
                      visit.path(kApiAuth),
                      {"Origin: " + origin, "Access-Control-Request-Method: POST",
                       "Access-Control-Request-Headers: authorization"},
                      ""});
}

/// Only a 413 tells of the body's size.
Diagnosis refusedBody(const Visit &visit, const ProbeAnswer &answer, const std::string &bytes,
                      const std::string &whereLimited) {
    const std::string status = std::to_string(answer.head.status);
    if (isFrom(answer.head, kFromResponder))
        return broken("an event's body of " + bytes + " is refused with " + status +
                          " by Pregón: " + answer.body,
                      whereLimited);
    if (answer.head.status == 413)
        return broken("an event's body of " + bytes + " is refused with 413 by the web server: " +
                          "raise client_max_body_size (nginx) or max_size (Caddy) above it",
                      whereLimited);
    return broken("a large event does not reach pregon-fcgi: " + status + " from " +
                      answererOf(answer),
                  visit.whereRouted(kEventsPath));
}

} // namespace

Diagnosis checkEventsApi(Visit &visit) {
    const auto answer = askChannels(visit);
    const std::string where = visit.whereRouted(kEventsPath);
    if (!answer)
        return broken("/apps/: no answer: " + answer.error().reason, where);
    const std::string status = std::to_string(answer->head.status);
    if (isFrom(answer->head, kFromResponder))
        return ok("/apps/ is answered by Pregón");
    if (isAway(answer->head.status) && !isChallenge(answer->head))
        return broken("the web server cannot reach pregon-fcgi for /apps/: " + status, where);
    return broken("/apps/ is not routed to pregon-fcgi: " + status + " from " +
                      answererOf(*answer) + ", so that the application's events are lost",
                  where);
}

Diagnosis checkSignature(Visit &visit) {
    const auto answer = askChannels(visit);
    if (!answer || !isFrom(answer->head, kFromResponder))
        return notChecked("/apps/ is not answered by Pregón");
    if (answer->head.status == 200)
        return ok(visit.laravel ? "a request signed with the application's secret is accepted"
                                : "a signed request is accepted");
    if (answer->body.find("timestamp") != std::string::npos)
        return notChecked("the clocks differ too much: see the check clock");
    return broken("a signed request is refused: " + std::to_string(answer->head.status) + " " +
                      answer->body,
                  signatureLine(visit));
}

Diagnosis checkClock(Visit &visit) {
    constexpr std::int64_t kNoticeable = 60;
    const auto answer = askChannels(visit);
    if (!answer)
        return notChecked("no answer: " + answer.error().reason);
    const std::string date = answer->head.header("date");
    std::tm parts{};
    if (::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S", &parts) == nullptr)
        return notChecked("the answer has no Date");
    const std::int64_t skew = SystemClock().unixSeconds() - ::timegm(&parts);
    const std::int64_t window = visit.config ? visit.config->authTimestampWindowSeconds : 600;
    const std::string text = "this machine's clock is " + std::to_string(std::abs(skew)) + " s " +
                             (skew < 0 ? "behind" : "ahead of") + " the server's";
    if ((window > 0 && std::abs(skew) > window) ||
        answer->body.find("timestamp") != std::string::npos)
        return broken(text + ": signed events are refused beyond " + std::to_string(window) +
                          " s; let both follow a time server (timedatectl set-ntp true)",
                      "/etc/systemd/timesyncd.conf");
    if (std::abs(skew) > kNoticeable)
        return warning(text + " (timedatectl set-ntp true)", "/etc/systemd/timesyncd.conf");
    return ok("the clocks agree");
}

Diagnosis checkCors(Visit &visit) {
    const auto origins = visit.knownPageOrigins();
    if (origins.empty())
        return notChecked("the origin of the pages is not known: --origin or --laravel-env tells");
    std::string asked;
    for (const std::string &origin : origins) {
        if (isSameText(origin, visit.site->origin()))
            continue;
        const auto answer = askPreflight(visit, origin);
        if (!answer)
            return notChecked("no answer: " + answer.error().reason);
        const std::string allowed = answer->head.header("access-control-allow-origin");
        if (allowed != origin && allowed != "*")
            return broken("pages of " + origin + " may not ask " + visit.site->origin() + kApiAuth +
                              " (CORS): add the origin to PREGON_CORS_ORIGINS",
                          visit.whereIs("PREGON_CORS_ORIGINS"));
        asked += (asked.empty() ? "" : ", ") + origin;
    }
    if (asked.empty())
        return ok("the page has the same origin, it needs no CORS");
    return ok("pages of " + asked + " may ask (CORS)");
}

Diagnosis checkSubscription(Visit &visit) {
    constexpr std::size_t kRandom = 16;
    const std::string channel = "private-pregon-doctor-" + randomText(kRandom, kLetters);
    const std::string signature = HmacSigner(visit.app.secret).sign(visit.socketId + ":" + channel);
    JsonWriter json;
    json.beginObject().key("event").string("pusher:subscribe").key("data").beginObject();
    json.key("channel").string(channel).key("auth").string(visit.app.key + ":" + signature);
    json.endObject().endObject();
    const auto until = visit.deadline();
    if (const auto sent = visit.socket->send(json.text(), until); !sent)
        return broken("the subscription cannot be sent: " + sent.error().reason);
    const auto answer = await(visit, "pusher_internal:subscription_succeeded", until);
    if (!answer)
        return broken("a signed subscription of a private channel is refused: " +
                          answer.error().reason,
                      signatureLine(visit));
    visit.channel = channel;
    return ok("a signed subscription of a private channel is accepted");
}

Diagnosis checkDelivery(Visit &visit) {
    constexpr std::size_t kRandom = 16;
    const std::string mark = randomText(kRandom, kLetters);
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = publish(visit, eventBody(visit, mark));
    if (!answer || answer->head.status != 200)
        return broken("an event is not accepted: " +
                      (answer ? std::to_string(answer->head.status) : answer.error().reason));
    const auto data = await(visit, kEvent, visit.deadline());
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - begin);
    if (!data)
        return broken("an event was accepted but did not arrive: " + data.error().reason +
                          "; does a proxy buffer WebSockets, or is another pregon-worker behind "
                          "/apps/ than behind /app/",
                      visit.whereRouted("/app/"));
    if (*data != mark)
        return broken("another event arrived than was sent", visit.whereRouted("/app/"));
    return ok("an event arrived " + std::to_string(took.count()) +
              " ms after it was posted; nothing buffers it");
}

Diagnosis checkBodyLimit(Visit &visit) {
    constexpr std::int64_t kLongest = 8 << 20;
    const std::int64_t size = std::min(visit.config->maxBodySize, kLongest);
    std::string body = eventBody(visit, "large");
    body.resize(std::max(body.size(), static_cast<std::size_t>(size)), ' ');
    const auto answer = publish(visit, body);
    const std::string bytes = std::to_string(size) + " bytes (PREGON_MAX_BODY_SIZE)";
    if (answer && answer->head.status == 200)
        return ok("an event's body of " + bytes + " passes");
    const auto place = visit.nginxPlace(kEventsPath);
    const NginxDirective *limit = place ? place->setting("client_max_body_size") : nullptr;
    const std::string where = limit != nullptr ? limit->where() : visit.whereRouted(kEventsPath);
    if (!answer)
        return broken("an event's body of " + bytes + " does not pass: " + answer.error().reason,
                      where);
    return refusedBody(visit, *answer, bytes, where);
}

Diagnosis checkIdle(Visit &visit) {
    const auto seconds = visit.options.idle;
    if (seconds.count() == 0)
        return notChecked("--idle SECONDS waits to see whether a quiet WebSocket stays open");
    const auto begin = std::chrono::steady_clock::now();
    const auto ended = await(visit, "pregon-doctor-never", begin + seconds);
    const auto lasted =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    if (!ended && ended.error().code == Errc::NotFound)
        return ok("a quiet WebSocket stayed open for " + std::to_string(lasted.count()) + " s");
    const auto place = visit.nginxPlace("/app/");
    const NginxDirective *timeout = place ? place->setting("proxy_read_timeout") : nullptr;
    return broken("a quiet WebSocket was ended after " + std::to_string(lasted.count()) +
                      " s: " + (ended ? "" : ended.error().reason) +
                      "; a proxy's idle timeout is shorter than REVERB_APP_PING_INTERVAL " +
                      std::to_string(visit.app.pingIntervalSeconds),
                  timeout != nullptr ? timeout->where() : visit.whereRouted("/app/"));
}

} // namespace pregon
