// SPDX-License-Identifier: MIT
#include "worker/clients/plain_http.h"

#include "worker/clients/connect_request.h"

namespace pregon {
namespace {

/// The path behind the prefix, if it has that.
std::string_view withoutPrefix(std::string_view path, std::string_view prefix) {
    if (!prefix.empty() && path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/'))
        path.remove_prefix(prefix.size());
    return path;
}

std::string health(bool isDraining) {
    return isDraining ? httpResponse(503, "Service Unavailable", "application/json",
                                     R"({"health":"DRAINING"})")
                      : httpResponse(200, "OK", "application/json", R"({"health":"OK"})");
}

std::string answerOf(const RequestHead &head, const HttpState &state) {
    const std::string_view path = withoutPrefix(head.path, state.serverPath);
    if (path == "/up" && (head.method == "GET" || head.method == "HEAD"))
        return health(state.isDraining);
    if (appKeyOf(head.path, state.serverPath))
        return refusalResponse(426, "Upgrade Required", "Upgrade required.", "Upgrade: websocket");
    if (path.starts_with("/pusher/"))
        return refusalResponse(404, "Not Found",
                               "WebSockets only: set enabledTransports to ['ws', 'wss'].");
    return refusalResponse(404, "Not Found", "Not found.");
}

} // namespace

std::string plainAnswer(const RequestHead &head, const HttpState &state) {
    std::string answer = answerOf(head, state);
    if (head.method == "HEAD")
        answer.resize(requestHeadLength(answer)); // where a response's head ends, too
    return answer;
}

} // namespace pregon
