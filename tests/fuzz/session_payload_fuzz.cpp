// SPDX-License-Identifier: MIT

// A session's payload, as any driver of Laravel's may hold it.

#include "shared/auth/php_serialized.h"
#include "shared/auth/session_payload.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const LaravelCookie keys = *LaravelCookie::make(
        "base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", {}, "AES-256-CBC");
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto id = sessionUserId(text, &keys);
    if (id && id->empty())
        std::abort();
    (void)readCookieSession(text);
    if (const auto whole = readPhpText(text); whole && whole->size() >= size)
        std::abort();
    return 0;
}
