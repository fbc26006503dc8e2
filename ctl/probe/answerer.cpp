// SPDX-License-Identifier: MIT
#include "ctl/probe/answerer.h"

#include "shared/ascii.h"
#include "shared/protocol/own_header.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::size_t kLongestName = 60;

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string ownHeader(const ResponseHead &head) {
    return head.header(asciiLower(std::string(kOwnHeader)));
}

/// Its errors of the edge, 520 to 530, are not those of the site behind it.
bool isCloudflareError(const ResponseHead &head) {
    constexpr int kFirst = 520, kLast = 530;
    return head.header("server") == "cloudflare" && head.status >= kFirst && head.status <= kLast;
}

/// What Reverb, and a Pregón from before this header, say as well.
bool speaksPusher(const std::string &body) {
    return body.starts_with("{\"health\"") || body.starts_with("Authentication signature");
}

bool isLaravel(const ProbeAnswer &answer) {
    const std::string cookies = answer.head.header("set-cookie");
    return holds(cookies, "laravel_session=") || holds(cookies, "XSRF-TOKEN=") ||
           (holds(answer.body, "\"message\"") && holds(answer.body, "The route ") &&
            holds(answer.body, " could not be found."));
}

/// The page that a web server makes itself for an error; Caddy's has no body.
bool isServersOwnPage(const ProbeAnswer &answer) {
    return answer.body.empty() || holds(answer.body, "<center>nginx") ||
           holds(answer.body, "-//IETF//DTD HTML 2.0//EN") ||            // Apache's
           holds(answer.body, "-//W3C//DTD XHTML 1.0 Transitional//EN"); // lighttpd's
}

} // namespace

bool isFrom(const ResponseHead &head, const char *daemon) {
    return ownHeader(head) == daemon;
}

bool isFromPregon(const ResponseHead &head) {
    return isFrom(head, kFromWorker) || isFrom(head, kFromResponder);
}

bool isChallenge(const ResponseHead &head) {
    return !head.header("cf-mitigated").empty();
}

bool isReverb(const ResponseHead &head) {
    return holds(head.header("x-powered-by"), "Reverb");
}

std::string answererOf(const ProbeAnswer &answer) {
    const ResponseHead &head = answer.head;
    const std::string server = head.header("server").substr(0, kLongestName);
    if (isFrom(head, kFromWorker))
        return "pregon-worker";
    if (isFrom(head, kFromResponder))
        return "pregon-fcgi";
    if (isChallenge(head))
        return "Cloudflare's challenge, which no program passes (a WAF rule must skip it for "
               "Pregón's paths)";
    if (isCloudflareError(head))
        return "Cloudflare, which cannot reach the web server";
    if (isReverb(head))
        return "a Laravel Reverb";
    if (speaksPusher(answer.body))
        return "another Pusher server: an old Reverb, or a Pregón not restarted since its upgrade";
    if (isLaravel(answer))
        return "a Laravel application";
    if (head.header("x-powered-by").starts_with("PHP"))
        return "a PHP application";
    if (server.empty())
        return "another program";
    return (isServersOwnPage(answer) ? "the web server itself, " : "a program behind ") + server;
}

} // namespace pregon
