// SPDX-License-Identifier: MIT
#include "fcgi/auth/auth_fallback.h"

#include "fcgi/http/error_responses.h"
#include "shared/ascii.h"
#include "shared/log/log.h"

#include <algorithm>
#include <string_view>

namespace pregon {
namespace {

constexpr std::size_t kMaxAnswer = 65536;
constexpr const char *kVia = "1.1 pregon";

/// FastCGI's names of headers that are not passed on: headers of a single hop, headers that are
/// made here, and PROXY, which is dangerous to programs that read it as an environment variable.
constexpr std::string_view kDropped[] = {
    "CONNECTION",
    "KEEP_ALIVE",
    "PROXY_CONNECTION",
    "PROXY_AUTHENTICATE",
    "TE",
    "TRAILER",
    "TRANSFER_ENCODING",
    "UPGRADE",
    "EXPECT",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "ACCEPT_ENCODING",
    "X_FORWARDED_FOR",
    "X_FORWARDED_PROTO",
    "X_FORWARDED_HOST",
    "PROXY_AUTHORIZATION",
    "PROXY",
    "VIA",
    "FORWARDED",
    "X_FORWARDED_PORT",
};

constexpr std::string_view kHeaderPrefix = "HTTP_";

/// `HTTP_X_SOCKET_ID` as `X-Socket-Id`.
std::string headerName(std::string_view parameter) {
    std::string name;
    for (char c : parameter.substr(kHeaderPrefix.size())) {
        const bool isFirst = name.empty() || name.back() == '-';
        name += c == '_' ? '-' : isFirst ? c : asciiLower(c);
    }
    return name;
}

/// True if the Connection header names it.
bool isForConnection(std::string_view name, std::string_view connection) {
    while (!connection.empty()) {
        const std::size_t comma = std::min(connection.find(','), connection.size());
        const std::string token(trimLine(connection.substr(0, comma)));
        if (asciiLower(token) == asciiLower(std::string(name)))
            return true;
        connection.remove_prefix(std::min(comma + 1, connection.size()));
    }
    return false;
}

bool hasControlCharacter(std::string_view value) {
    return std::any_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
    });
}

bool isDropped(std::string_view parameter) {
    return !parameter.starts_with(kHeaderPrefix) ||
           std::find(std::begin(kDropped), std::end(kDropped),
                     parameter.substr(kHeaderPrefix.size())) != std::end(kDropped);
}

/// The request came from here already: the application's address leads back to us.
bool isLoop(const HttpRequest &request) {
    return request.header("HTTP_VIA").find(kVia) != std::string_view::npos;
}

std::chrono::milliseconds timeLeft(const HttpRequest &request) {
    return std::chrono::floor<std::chrono::milliseconds>(request.until -
                                                         std::chrono::steady_clock::now());
}

void logFailure(const HttpRequest &request, std::string_view reason) {
    log(LogLevel::Warning, "auth fallback failed",
        {{"path", request.path}, {"address", request.clientAddress}, {"reason", reason}});
}

/// What the client gets of the application's answer. Set-Cookie belongs to it: the application
/// renews its session with each answer, and after a log-in by remember-me under another id.
HttpResponse passedOn(HttpResponse answer, const HttpRequest &request) {
    if (answer.status >= 300 && answer.status < 400) {
        logFailure(request, "the application redirects, as to its login page");
        return messageResponse(403, "Forbidden.");
    }
    if (answer.status < 200 || answer.status > 599) {
        logFailure(request, "the application answers with status " + std::to_string(answer.status));
        return messageResponse(502, "Bad Gateway");
    }
    if (answer.status >= 500)
        logFailure(request,
                   "the application answers " + std::to_string(answer.status) + ": see its log");
    std::erase_if(answer.headers, [](const auto &header) {
        return header.first != "set-cookie" && header.first != "retry-after";
    });
    for (auto &[name, value] : answer.headers)
        name = name == "set-cookie" ? "Set-Cookie" : "Retry-After";
    return answer;
}

} // namespace

std::vector<std::pair<std::string, std::string>> forwardedHeaders(const HttpRequest &request) {
    std::vector<std::pair<std::string, std::string>> headers;
    const auto add = [&](std::string name, std::string_view value) {
        if (!value.empty() && !hasControlCharacter(value))
            headers.emplace_back(std::move(name), value);
    };
    const std::string_view connection = request.header("HTTP_CONNECTION");
    for (const auto &[parameter, value] : request.headers)
        if (!isDropped(parameter) && !isForConnection(headerName(parameter), connection))
            add(headerName(parameter), value);
    add("Content-Type", request.contentType);
    const std::string_view before = request.header("HTTP_X_FORWARDED_FOR");
    add("X-Forwarded-For",
        std::string(before) + (before.empty() ? "" : ", ") + request.clientAddress);
    add("X-Forwarded-Host", request.header("HTTP_HOST"));
    add("X-Forwarded-Proto", request.scheme);
    add("Via", kVia);
    return headers;
}

HttpResponse AuthFallback::forward(const HttpRequest &request) {
    if (isLoop(request)) {
        logFailure(request, "PREGON_AUTH_FALLBACK leads back here");
        return unavailableResponse();
    }
    const auto timeout =
        std::min(std::chrono::milliseconds(config_.authFallbackTimeoutMs), timeLeft(request));
    if (timeout <= std::chrono::milliseconds(0)) {
        logFailure(request, "no time is left to ask the application");
        return unavailableResponse();
    }
    if (!limits_.beginQuestion(config_.authFallbackMax)) {
        logFailure(request, "PREGON_AUTH_FALLBACK_MAX questions are under way");
        return unavailableResponse();
    }
    OutgoingRequest outgoing;
    outgoing.method = request.method == "POST" ? "POST" : "GET";
    outgoing.url = config_.authFallback + request.path;
    if (!request.query.empty())
        outgoing.url += "?" + request.query;
    outgoing.headers = forwardedHeaders(request);
    outgoing.body = request.body;
    outgoing.timeout = timeout;
    outgoing.maxAnswer = kMaxAnswer;
    auto answer = client_.send(outgoing);
    limits_.endQuestion();
    if (answer)
        return passedOn(std::move(*answer), request);
    logFailure(request, answer.error().reason);
    return answer.error().code == Errc::TooLarge ? messageResponse(502, "Bad Gateway")
                                                 : unavailableResponse();
}

} // namespace pregon
