// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/cipher.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace pregon {

inline std::string base64Url(std::string_view bytes) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    unsigned bits = 0;
    int count = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6)
            text += kAlphabet[bits >> (count - 6) & 63];
    }
    if (count > 0)
        text += kAlphabet[bits << (6 - count) & 63];
    return text;
}

inline std::string fromHex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::strtol(std::string(hex.substr(i, 2)).c_str(), nullptr, 16));
    return bytes;
}

inline std::string unsignedToken(const std::string &header, const std::string &claims) {
    return base64Url(header) + "." + base64Url(claims);
}

/// Signed with HS256.
inline std::string hmacToken(const std::string &claims, std::string secret,
                             const std::string &header = R"({"alg":"HS256"})") {
    const std::string text = unsignedToken(header, claims);
    return text + "." + base64Url(fromHex(hmacSha256Hex(SecretKey(std::move(secret)), text)));
}

} // namespace pregon
