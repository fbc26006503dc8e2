// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/evp.h>
#include <string>
#include <string_view>

namespace pregon::fcgitest {

// Cookies as Laravel makes them; the first is that of spec broadcasting-auth §5.2, the others were
// made likewise with node:crypto. The iv is ABCDEFGHIJKLMNOP, of GCM its first 12 characters.

inline constexpr const char *kAppKey = "base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
inline constexpr const char *kAppKey128 = "0123456789abcdef";
inline constexpr const char *kOtherAppKey = "fedcba9876543210fedcba9876543210";
inline constexpr const char *kSessionCookie = "laravel_session";
inline constexpr const char *kSessionId = "q7Zt0aB3cD5eF7gH9iJ1kL3mN5oP7qR9sT1uV3wX";
inline constexpr const char *kRememberCookie =
    "remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d";

inline constexpr const char *kCookie256Cbc =
    "eyJpdiI6IlFVSkRSRVZHUjBoSlNrdE1UVTVQVUE9PSIsInZhbHVlIjoibnpSZHBVb04wWld5OUFKUVNHLzdDUGhK"
    "MGdEMUVRZTFMRytYOTFHYkNicHdVbHNQSk81Mlp4Wk03WG0rVW1NZVhqbjJuVkNpU2NybzN1eTZjOTJNWW5mM3Vj"
    "K01VNXBtTFNBSGVKb25KTWF3RDY3bStXTlhiYmk2NUp4cWNKK2oiLCJtYWMiOiJhZDA3MDdlN2FmOWE1NjUyZWJi"
    "YTJiMWUzYmJhOWI5MGJkZDZhOGI4ZDg3M2UzNDdhNmI0YTA5NmY4MWJhYzRlIiwidGFnIjoiIn0=";
inline constexpr const char *kCookie128Cbc =
    "eyJpdiI6IlFVSkRSRVZHUjBoSlNrdE1UVTVQVUE9PSIsInZhbHVlIjoiVEs1Wkkxd2ZWTEVnaVg1MjdvSVpnamJl"
    "UDE5NW1LdHhJYk5BUjU1cXdUUTNPeURKQ0IvMFR1TkpsTnZQRTVCYXlpTGRQMmRibzF4SVhUbmhzV1ZPKzZyVUNy"
    "YXBYMlYyOVpza3hiMFJmSkU1RkcwZ29RaUowUHg2UHJRNDBNUEoiLCJtYWMiOiIxODc2ZTIwYzlhN2I4NjdhYjk2"
    "ODg3ZDRkYWY1OWU1NmI2NTFlNWJmOWE1OWZkZTQzOGM1ZTE5NDQ2YjE5MzA2IiwidGFnIjoiIn0=";
inline constexpr const char *kCookie256Gcm =
    "eyJpdiI6IlFVSkRSRVZHUjBoSlNrdE0iLCJ2YWx1ZSI6IjhMWWpQcXdUMllMdUJiUTloQk5INlB3ZXNHeDVjMnZS"
    "TVZSYWVFVGwzVGdlQndzM1pwR0xiVlBpSDlmVXVCUm9yMTZNdDVtNTBQTEd6dWVpSTk0a01MTG02VFZlNWNvNG51"
    "NzZhV2tjN2RwbyIsIm1hYyI6IiIsInRhZyI6Ino0MTlZUzFqalRoeE14ODl2dXR0b0E9PSJ9";
inline constexpr const char *kCookie128Gcm =
    "eyJpdiI6IlFVSkRSRVZHUjBoSlNrdE0iLCJ2YWx1ZSI6ImhjTzdMRVE2V2MvZmRIaEwrdzBjREZzWEJVSVY3V2pw"
    "MlM3U3R3L3BWSnc0VEp0M3ZpeDNubiszMFQzRmNiZ00rRVJjSFMzUjRnM2Y0YXB0UmJLL21OYXdVbG9zRFJ6KzZa"
    "VUJsNE8ydFoxaSIsIm1hYyI6IiIsInRhZyI6IlhtRTRDRmQvakwyT056Vy9heSs5MVE9PSJ9";
// `1|anasRememberToken|0f`, and without its third part.
inline constexpr const char *kRememberedAna =
    "eyJpdiI6IlFVSkRSRVZHUjBoSlNrdE1UVTVQVUE9PSIsInZhbHVlIjoiMVpnd3JGQU5iMW9PT0pDbG4yT29zSnI0"
    "ZDBKcjhaYjcrcjNGZTJGbHJNbjNDR1BwRmlQbDk3dDZURGUycHRDaGhrMXRiQTZmSFJyenltd3pITEhIb1E9PSIs"
    "Im1hYyI6IjdjYWUyODRjMWE0ODlhYTQyZWJhMDY4ODcyZTc2MzI1YjVhYWNjN2MzNzkyYzZmNzRiYmUxNWNlZGRi"
    "YWQ3NDgiLCJ0YWciOiIifQ==";
inline constexpr const char *kRememberedWithoutDigest =
    "eyJpdiI6IlFVSkRSRVZHUjBoSlNrdE1UVTVQVUE9PSIsInZhbHVlIjoiMVpnd3JGQU5iMW9PT0pDbG4yT29zSnI0"
    "ZDBKcjhaYjcrcjNGZTJGbHJNbjNDR1BwRmlQbDk3dDZURGUycHRDaHdSUzFXTjFRNmhWcVpQWTUvakJjZ2c9PSIs"
    "Im1hYyI6IjllMzEzODQwMGFmYTRkODk3M2M2NTM3M2JkMDYyMDA5YTE5YWRmOWUwNThmZmJlY2EyMzBjNmJkYTVj"
    "ZjMwODgiLCJ0YWciOiIifQ==";
inline constexpr const char *kCookieWithShortId =
    "eyJpdiI6IlFVSkRSRVZHUjBoSlNrdE1UVTVQVUE9PSIsInZhbHVlIjoibnpSZHBVb04wWld5OUFKUVNHLzdDUGhK"
    "MGdEMUVRZTFMRytYOTFHYkNicHdVbHNQSk81Mlp4Wk03WG0rVW1NZVNodjZaSkozQUkrZ1hnZ0x4c2tqaVE9PSIs"
    "Im1hYyI6IjEwNDkxNTgyMDM4NWNlZTc0MWE4MzRhNzU3MmE0ZGQ5MzliYjhiNjc4NWYwNzY5YjZmMmE4Mzg1OTZm"
    "NjNjMmQiLCJ0YWciOiIifQ==";

inline std::string encodeBase64(std::string_view text) {
    std::string encoded(text.size() / 3 * 4 + 5, '\0'); // and a NUL
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char *>(encoded.data()),
                                       reinterpret_cast<const unsigned char *>(text.data()),
                                       static_cast<int>(text.size()));
    encoded.resize(static_cast<std::size_t>(length));
    return encoded;
}

} // namespace pregon::fcgitest
