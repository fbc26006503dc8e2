// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"

#include <string>
#include <vector>

namespace pregon {

/// Lets pages of other origins use the auth endpoints and /api (spec broadcasting-auth §3.4). An
/// origin that is allowed is named; `*` is never answered. Without patterns nothing is added to any
/// answer. Pure but for the log.
class Cors {
  public:
    /// Patterns as of isOriginAllowed. `credentials`: pages may send cookies.
    Cors(const std::vector<std::string> &origins, bool credentials)
        : origins_(origins), credentials_(credentials) {}

    /// True for a browser's question, and for any OPTIONS if an origin is allowed at all.
    bool isPreflight(const HttpRequest &request) const;
    /// 204 with methods and headers, or without any if no origin is allowed, as Laravel answers;
    /// addTo follows.
    HttpResponse preflight() const;
    /// Names the request's origin, if it is allowed.
    void addTo(HttpResponse &response, const HttpRequest &request) const;

  private:
    const std::vector<std::string> &origins_;
    bool credentials_;
};

} // namespace pregon
