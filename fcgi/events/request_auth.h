// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"
#include "shared/clock.h"
#include "shared/config/app_config.h"
#include "shared/result.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace pregon {

/// The parameters of a query as they are signed: decoded, keys in lower case, `name[]` and
/// `name[0]` collected under `name` in their order and joined with commas. Every reader of a signed
/// query must use this function: a second spelling of a key (`Auth_Timestamp`) must not be signed
/// in one reading and used in another.
using QueryParameters = std::map<std::string, std::string, std::less<>>;
QueryParameters readQueryParameters(std::string_view query);
/// The value of a parameter; empty if there is none. Borrows.
std::string_view parameterOf(const QueryParameters &parameters, std::string_view name);

/// Is this request signed by the application (spec pusher-http-api §2)? Key, version, age, body
/// digest and signature, in that order; nothing is optional. Unauthorized with a sentence that may
/// be shown: it names neither a secret nor the signature that was expected. `window` in seconds, 0:
/// any age.
Result<Done> verifySignedRequest(const HttpRequest &request, const App &app, const Clock &clock,
                                 std::int64_t window);

/// What the client should have signed, for a given method and path (spec §2.2).
std::string stringToSign(std::string_view method, std::string_view path, std::string_view query);

} // namespace pregon
