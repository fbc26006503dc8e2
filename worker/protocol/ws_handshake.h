// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/url_encoding.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// The head of an HTTP/1.1 request.
struct RequestHead {
    std::string method;
    bool isHttp10 = false; ///< else HTTP/1.1
    std::string path;      ///< percent-decoded once
    UrlFields query;
    std::map<std::string, std::string, std::less<>> headers; ///< names in lower case; repeated ones
                                                             ///< joined with ", "

    /// Empty if absent.
    std::string_view header(std::string_view name) const;
    std::string_view parameter(std::string_view name) const;
};

/// Where the head ends in what has been received (behind the empty line); 0: not yet.
std::size_t requestHeadLength(std::string_view received);

/// BadRequest on anything that is not a request line and header lines by RFC 9112.
Result<RequestHead> parseRequestHead(std::string_view head);

/// True if the request asks for a WebSocket: GET, `Upgrade: websocket`, `Connection: upgrade`.
bool isUpgrade(const RequestHead &head);

/// The whole answer to an upgrade that RFC 6455 §4.2 refuses: 426 for any version but 13, 400 for
/// HTTP/1.0 and for a key that is missing or comes twice. nullopt: the upgrade can be accepted; the
/// key is not required to be 16 bytes, since clients by hand send what they like.
std::optional<std::string> refusedUpgrade(const RequestHead &head);

/// The answer that makes the connection a WebSocket: 101, with the first of the subprotocols that
/// the client offers, since it would hang up otherwise.
std::string upgradeResponse(const RequestHead &head);

/// A whole answer that ends the connection; `extraHeader` is a line without its end.
std::string httpResponse(int status, std::string_view phrase, std::string_view contentType,
                         std::string_view body, std::string_view extraHeader = {});
/// The same in plain text.
std::string refusalResponse(int status, std::string_view phrase, std::string_view body,
                            std::string_view extraHeader = {});

} // namespace pregon
