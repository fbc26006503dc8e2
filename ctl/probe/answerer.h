// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/probe/http_probe.h"

#include <string>

namespace pregon {

/// Whether one of Pregón's daemons gave the answer: `daemon` is kFromWorker or kFromResponder. By
/// the header of our own alone, which proxies hand on (shared/protocol/own_header.h).
bool isFrom(const ResponseHead &head, const char *daemon);
/// Any of them.
bool isFromPregon(const ResponseHead &head);

/// Cloudflare asks the client to prove that it is a browser, which no program can do.
bool isChallenge(const ResponseHead &head);
/// By its `X-Powered-By`; only its answers to an upgrade have that.
bool isReverb(const ResponseHead &head);

/// To another address for good, as from http to https; to a login page it would be a 302.
constexpr bool isMoved(int status) {
    return status == 301 || status == 308;
}

/// Who gave an answer, in words that continue "404 from …", as far as headers, cookies and body
/// tell it: Cloudflare, a Reverb, a Laravel or PHP application, a web server's own page, what is
/// behind it; "another program" where they tell nothing.
std::string answererOf(const ProbeAnswer &answer);

} // namespace pregon
