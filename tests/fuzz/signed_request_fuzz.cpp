// SPDX-License-Identifier: MIT

// The query of a request, a line, and its body, under an application whose secret nobody knows but
// one signature of which has been seen: nothing but that request is accepted.

#include "fcgi/events/request_auth.h"
#include "fcgi/http_api.h"
#include "shared/protocol/hmac_signer.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

namespace {

struct StandingClock final : Clock {
    std::chrono::steady_clock::time_point steady() const override { return {}; }
    std::int64_t unixSeconds() const override { return 1700086400; } // a day later
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t end = std::min(text.find('\n'), text.size());
    HttpRequest request;
    request.method = "POST";
    request.path = "/apps/1/events";
    request.query = text.substr(0, end);
    request.body = text.substr(std::min(end + 1, text.size()));
    App app;
    app.key = "k";
    app.secret = "9d0b57f8c61e4a2f8b73";
    // The seeds hold a request that was signed at 1700000000 and is too old by now.
    if (verifySignedRequest(request, app, StandingClock(), 600))
        std::abort();
    (void)matchPath("/apps/:app/events", text);
    return 0;
}
