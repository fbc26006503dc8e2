// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/auth/auth_limits.h"
#include "fcgi/http/curl_client.h"
#include "fcgi/http/http_message.h"
#include "shared/config/app_config.h"

namespace pregon {

/// Puts an auth request to the application's own endpoint (PREGON_AUTH_FALLBACK), for users and
/// channels that only the application knows (spec broadcasting-auth §5.6). One per thread.
class AuthFallback {
  public:
    AuthFallback(const AppConfig &config, AuthLimits &limits) : config_(config), limits_(limits) {}

    bool isConfigured() const { return !config_.authFallback.empty(); }

    /// The application's answer: status, body, Content-Type, Set-Cookie and Retry-After. 403 where
    /// it redirects, 502 where its answer is too large or none, 503 where it does not answer, or
    /// where too many questions are under way already. What went wrong is logged. HEAD is put as
    /// GET. Only if isConfigured().
    HttpResponse forward(const HttpRequest &request);

  private:
    const AppConfig &config_;
    AuthLimits &limits_;
    CurlClient client_;
};

/// The headers to pass on: all that came but those between two machines (RFC 9110 §7.6.1) and
/// Accept-Encoding, since the answer is read here; with X-Forwarded-For, -Host and -Proto as a
/// proxy adds them, and Via. Pure.
std::vector<std::pair<std::string, std::string>> forwardedHeaders(const HttpRequest &request);

} // namespace pregon
