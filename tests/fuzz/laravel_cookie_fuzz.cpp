// SPDX-License-Identifier: MIT

// A Cookie header with any value for the session; and an envelope of any iv and text whose MAC is
// right, so that what lies behind the MAC is reached too: nothing that is not bound to the cookie's
// name is opened.

#include "shared/auth/laravel_cookie.h"
#include "tests/shared/auth/laravel_cookies.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

const LaravelCookie &opener(const char *cipher) {
    static const LaravelCookie cbc =
        std::move(*LaravelCookie::make(kAppKey, {kOtherAppKey}, "AES-256-CBC"));
    static const LaravelCookie gcm =
        std::move(*LaravelCookie::make(kAppKey, {kOtherAppKey}, "AES-256-GCM"));
    return std::string_view(cipher) == "cbc" ? cbc : gcm;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::string_view value = cookieValue(text, kSessionCookie).value_or(text);
    (void)opener("gcm").open(kSessionCookie, value);
    if (opener("cbc").open("another_name", value))
        std::abort();
    if (const auto bytes = decodeBase64(value); bytes && bytes->size() > value.size())
        std::abort();
    if (size < 16)
        return 0;
    static const SecretKey key("0123456789abcdef0123456789abcdef");
    const std::string iv = encodeBase64(text.substr(0, 16));
    const std::string sealed = encodeBase64(text.substr(16));
    const std::string json = "{\"iv\":\"" + iv + "\",\"value\":\"" + sealed + "\",\"mac\":\"" +
                             hmacSha256Hex(key, iv + sealed) + "\",\"tag\":\"\"}";
    if (opener("cbc").open("another_name", encodeBase64(json)))
        std::abort();
    return 0;
}
