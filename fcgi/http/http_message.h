// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon {

/// A request as the web server handed it over. Header names are in the form of FastCGI parameters:
/// `HTTP_ACCEPT`, `HTTP_X_SOCKET_ID`.
struct HttpRequest {
    std::string method; ///< upper case
    std::string path;   ///< of REQUEST_URI, as received: neither decoded nor normalised
    std::string query;  ///< behind the `?`, as received
    std::string contentType;
    std::string body;
    std::string clientAddress; ///< REMOTE_ADDR
    std::string scheme;        ///< `http` or `https`
    std::vector<std::pair<std::string, std::string>> headers;
    /// The deadline of the request: no wait that its answer needs lasts longer.
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();

    /// The value of a header by its FastCGI name; empty if absent.
    std::string_view header(std::string_view name) const {
        for (const auto &[key, value] : headers)
            if (key == name)
                return value;
        return {};
    }
};

struct HttpResponse {
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers; ///< besides type and length
};

} // namespace pregon
