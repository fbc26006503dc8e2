// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/hmac_signer.h"

#include <string>

namespace pregon {

/// A random (version 4) UUID, as the phones' application makes them for their devices.
inline std::string randomUuid() {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string text = randomText(36, kHex);
    for (const std::size_t dash : {8U, 13U, 18U, 23U})
        text[dash] = '-';
    text[14] = '4';
    text[19] = randomText(1, "89ab")[0];
    return text;
}

} // namespace pregon
