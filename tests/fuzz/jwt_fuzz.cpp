// SPDX-License-Identifier: MIT

// A bearer token, and a text of keys: no token is ever good without the secret.

#include "shared/auth/jwt.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    static const JwtKeys secret = *JwtKeys::ofSecret("a secret that the corpus does not have");
    if (checkJwt(text, secret, {}, 1'795'510'860))
        std::abort();
    (void)JwtKeys::ofText(text, JwtAlgorithm::Rs256);
    (void)JwtKeys::ofText(text, JwtAlgorithm::Es256);
    return 0;
}
