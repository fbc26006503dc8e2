// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"
#include "shared/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The status of an error: the one place that knows.
int httpStatusFor(Errc code);

/// Laravel's routes answer in JSON, the event API in text, as their clients expect it. `path` is
/// without the configured prefix.
bool isLaravelPath(std::string_view path);

/// `{"message":"…"}` with that status.
HttpResponse messageResponse(int status, std::string_view message);
/// One sentence of plain text.
HttpResponse textResponse(int status, std::string sentence);
/// A 503 in JSON that asks to be tried again; says nothing in the log.
HttpResponse unavailableResponse();

/// Of the event API: one sentence, which clients show as it is (spec pusher-http-api §5.2). Logs.
HttpResponse errorResponse(const Error &error, const HttpRequest &request);
/// The store could not be asked: 503. Logs.
HttpResponse storeIsAway(const Error &error, const HttpRequest &request);
/// No valid token: `status`, in Laravel's words. WWW-Authenticate tells whether a credential came
/// at all (RFC 6750 §3.1): some proxies drop it. Logs.
HttpResponse unauthenticated(int status, const HttpRequest &request);

/// 405 with what the path allows instead, at least one method.
HttpResponse methodNotAllowed(const HttpRequest &request, std::string_view path,
                              std::vector<std::string> methods);

inline constexpr const char *kRetrySeconds = "1"; ///< Retry-After of a 503

} // namespace pregon
