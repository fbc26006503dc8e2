// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"
#include "shared/result.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pregon {

struct OutgoingRequest {
    std::string method; ///< GET or POST
    std::string url;    ///< http or https
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::chrono::milliseconds timeout{0}; ///< for all of it, connecting too
    std::size_t maxAnswer = 0;            ///< bytes of the answer's body
};

/// Asks another HTTP server; keeps the connection for the next request. One per thread. Uses
/// libcurl: never a proxy, never a redirect, no cookies of its own.
class CurlClient {
  public:
    /// Once in the process, before the first thread.
    static void startLibrary();

    CurlClient();
    ~CurlClient();

    /// The answer of whatever status, with all of its headers besides Content-Type. Unavailable: no
    /// connection, too slow, or not HTTP. TooLarge: a longer body than `maxAnswer`.
    Result<HttpResponse> send(const OutgoingRequest &request);

  private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
};

} // namespace pregon
