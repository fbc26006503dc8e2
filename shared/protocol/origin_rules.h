// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// May a page of this origin connect or ask (spec reverb-config §5)? `origin` is the Origin header;
/// empty or `null` is a client without one. Patterns: `*` stands for any characters, also dots and
/// none; without a scheme a pattern is compared with the host alone, with one
/// (`https://example.com`, `https://*.example.com:8443`) with the whole origin, where the scheme's
/// own port (`https://example.com:443`) may be written or not. Case does not matter. The pattern
/// `*` allows every origin; otherwise a client without an origin is allowed only by `allowMissing`.
bool isOriginAllowed(std::string_view origin, const std::vector<std::string> &patterns,
                     bool allowMissing);

/// BadRequest with the reason, which begins with the pattern, for a pattern that matches no origin
/// that a browser sends: `https://h/` (a path), `h:443` (a port without a scheme), `wss://h`.
Result<Done> checkOriginPattern(std::string_view pattern);

} // namespace pregon
