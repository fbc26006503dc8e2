// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <string_view>

namespace pregon {

/// Whether an application's key can be put into `/app/KEY`, where clients write it as it is
/// (spec pusher-websocket §1.1). Laravel's own form, `base64:…=`, can. Pure.

/// BadRequest with the reason, which does not show the key, if no client could connect with it: `?`
/// and `#` end the path, `%` begins an escape, browsers turn `\` into `/`, and control characters
/// are dropped. An empty key means that there is no key, and passes.
Result<Done> checkAppKey(std::string_view key);

/// False for a key that some client libraries alter or refuse: one with characters that a path
/// must escape (RFC 3986 §3.3), or with a segment `.` or `..`, which browsers resolve.
bool isPlainAppKey(std::string_view key);

} // namespace pregon
