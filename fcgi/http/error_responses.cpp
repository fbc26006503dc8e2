// SPDX-License-Identifier: MIT
#include "fcgi/http/error_responses.h"

#include "shared/json/json.h"
#include "shared/log/log.h"

#include <algorithm>

namespace pregon {
namespace {

std::string joined(const std::vector<std::string> &methods) {
    std::string text;
    for (const std::string &method : methods)
        text += (text.empty() ? "" : ", ") + method;
    return text;
}

} // namespace

int httpStatusFor(Errc code) {
    switch (code) {
    case Errc::BadRequest:
        return 400;
    case Errc::Unauthorized:
        return 401;
    case Errc::Forbidden:
        return 403;
    case Errc::NotFound:
        return 404;
    case Errc::TooLarge:
        return 413;
    case Errc::Unavailable:
    case Errc::Degraded:
        return 503;
    case Errc::Internal:
        return 500;
    }
    return 500;
}

bool isLaravelPath(std::string_view path) {
    return path.starts_with("/api/") || path.starts_with("/broadcasting/");
}

HttpResponse messageResponse(int status, std::string_view message) {
    JsonWriter json;
    json.beginObject().key("message").string(message).endObject();
    return {status, "application/json", json.take(), {}};
}

HttpResponse textResponse(int status, std::string sentence) {
    return {status, "text/plain; charset=utf-8", std::move(sentence), {}};
}

HttpResponse unavailableResponse() {
    HttpResponse response = messageResponse(503, "Service Unavailable");
    response.headers.emplace_back("Retry-After", kRetrySeconds);
    return response;
}

HttpResponse errorResponse(const Error &error, const HttpRequest &request) {
    const int status = httpStatusFor(error.code);
    log(status >= 500 ? LogLevel::Warning : LogLevel::Info, "api refused",
        {{"path", request.path},
         {"status", status},
         {"address", request.clientAddress},
         {"reason", error.reason}});
    if (status != 503)
        return textResponse(status, error.reason);
    HttpResponse response = textResponse(503, "The worker is not available.");
    response.headers.emplace_back("Retry-After", kRetrySeconds);
    return response;
}

HttpResponse storeIsAway(const Error &error, const HttpRequest &request) {
    log(LogLevel::Warning, "database unavailable",
        {{"path", request.path}, {"reason", error.reason}});
    return unavailableResponse();
}

HttpResponse unauthenticated(int status, const HttpRequest &request) {
    const bool hasToken = !request.header("HTTP_AUTHORIZATION").empty();
    log(LogLevel::Info, hasToken ? "token refused" : "no token",
        {{"path", request.path}, {"address", request.clientAddress}});
    HttpResponse response = messageResponse(status, "Unauthenticated.");
    response.headers.emplace_back("WWW-Authenticate",
                                  hasToken ? "Bearer error=\"invalid_token\"" : "Bearer");
    return response;
}

HttpResponse methodNotAllowed(const HttpRequest &request, std::string_view path,
                              std::vector<std::string> methods) {
    std::sort(methods.begin(), methods.end());
    methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
    const std::string allowed = joined(methods);
    HttpResponse response =
        isLaravelPath(path)
            ? messageResponse(405, "The " + request.method + " method is not supported for route " +
                                       std::string(path.substr(1)) +
                                       ". Supported methods: " + allowed + ".")
            : textResponse(405, "Method not allowed.");
    response.headers.emplace_back("Allow", allowed);
    return response;
}

} // namespace pregon
