// SPDX-License-Identifier: MIT
#include "worker/protocol/ws_handshake.h"

#include "shared/ascii.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/protocol/own_header.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kEmptyLine = "\r\n\r\n";

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool isToken(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return isWordCharacter(c) ||
               std::string_view("!#$%&'*+-.^`|~").find(c) != std::string_view::npos;
    });
}

Result<Done> parseRequestLine(std::string_view line, RequestHead &head) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first ||
        !line.substr(last + 1).starts_with("HTTP/1."))
        return failure(Errc::BadRequest, "not an HTTP/1.1 request");
    const std::string_view target = line.substr(first + 1, last - first - 1);
    head.method = line.substr(0, first);
    head.isHttp10 = line.substr(last + 1) == "HTTP/1.0";
    if (!isToken(head.method) || !target.starts_with('/'))
        return failure(Errc::BadRequest, "not an HTTP/1.1 request");
    const std::size_t question = std::min(target.find('?'), target.size());
    head.path = percentDecode(target.substr(0, question), PlusSign::IsPlus);
    head.query = parseUrlEncoded(target.substr(std::min(question + 1, target.size())));
    return Done{};
}

Result<Done> parseHeaderLine(std::string_view line, RequestHead &head) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !isToken(line.substr(0, colon)))
        return failure(Errc::BadRequest, "malformed header line");
    const std::string_view value = trim(line.substr(colon + 1));
    if (value.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos)
        return failure(Errc::BadRequest, "malformed header line");
    const auto [entry, isNew] =
        head.headers.emplace(asciiLower(std::string(line.substr(0, colon))), value);
    if (!isNew)
        entry->second += ", " + std::string(value);
    return Done{};
}

/// True if a comma-separated list holds the word, in any case.
bool listHolds(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (asciiLower(std::string(trim(list.substr(0, comma)))) == word)
            return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

} // namespace

std::string_view RequestHead::header(std::string_view name) const {
    const auto found = headers.find(name);
    return found != headers.end() ? std::string_view(found->second) : std::string_view();
}

std::string_view RequestHead::parameter(std::string_view name) const {
    const auto found = query.find(name);
    return found != query.end() ? std::string_view(found->second) : std::string_view();
}

std::size_t requestHeadLength(std::string_view received) {
    const std::size_t end = received.find(kEmptyLine);
    return end == std::string_view::npos ? 0 : end + kEmptyLine.size();
}

Result<RequestHead> parseRequestHead(std::string_view text) {
    RequestHead head;
    std::size_t end = text.find("\r\n");
    if (const auto parsed = parseRequestLine(text.substr(0, end), head); !parsed)
        return tl::unexpected<Error>(parsed.error());
    for (text.remove_prefix(std::min(end + 2, text.size())); !text.empty();
         text.remove_prefix(std::min(end + 2, text.size()))) {
        end = std::min(text.find("\r\n"), text.size());
        if (end == 0)
            return head;
        if (const auto parsed = parseHeaderLine(text.substr(0, end), head); !parsed)
            return tl::unexpected<Error>(parsed.error());
    }
    return head;
}

bool isUpgrade(const RequestHead &head) {
    return head.method == "GET" && listHolds(head.header("upgrade"), "websocket") &&
           listHolds(head.header("connection"), "upgrade");
}

std::optional<std::string> refusedUpgrade(const RequestHead &head) {
    if (head.isHttp10)
        return refusalResponse(400, "Bad Request", "WebSockets need HTTP/1.1.");
    if (head.header("sec-websocket-version") != "13")
        return refusalResponse(426, "Upgrade Required", "WebSocket version 13 required.",
                               "Sec-WebSocket-Version: 13");
    const std::string_view key = head.header("sec-websocket-key");
    if (key.empty() || key.find(',') != std::string_view::npos) // repeated headers are joined
        return refusalResponse(400, "Bad Request", "One Sec-WebSocket-Key required.");
    return std::nullopt;
}

std::string upgradeResponse(const RequestHead &head) {
    std::string response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                           "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                           webSocketAccept(head.header("sec-websocket-key")) + "\r\n" +
                           ownHeaderLine(kFromWorker);
    const std::string_view offered = head.header("sec-websocket-protocol");
    const std::string_view chosen = trim(offered.substr(0, offered.find(',')));
    if (isToken(chosen))
        response += "Sec-WebSocket-Protocol: " + std::string(chosen) + "\r\n";
    return response + "\r\n";
}

std::string httpResponse(int status, std::string_view phrase, std::string_view contentType,
                         std::string_view body, std::string_view extraHeader) {
    std::string response = "HTTP/1.1 " + std::to_string(status) + " " + std::string(phrase) +
                           "\r\nContent-Type: " + std::string(contentType) +
                           "\r\nContent-Length: " + std::to_string(body.size()) +
                           "\r\nConnection: close\r\n" + ownHeaderLine(kFromWorker);
    if (!extraHeader.empty())
        response += std::string(extraHeader) + "\r\n";
    return response + "\r\n" + std::string(body);
}

std::string refusalResponse(int status, std::string_view phrase, std::string_view body,
                            std::string_view extraHeader) {
    return httpResponse(status, phrase, "text/plain; charset=utf-8", body, extraHeader);
}

} // namespace pregon
