// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// A key in memory, overwritten when it goes. Cannot be copied, so that it lies in one place.
class SecretKey {
  public:
    explicit SecretKey(std::string bytes) : bytes_(std::move(bytes)) {}
    SecretKey(SecretKey &&other) noexcept;
    SecretKey &operator=(SecretKey &&) = delete;
    ~SecretKey();
    std::string_view bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

/// Overwrites the bytes, in a way that the compiler keeps, and empties the text.
void wipe(std::string &text);

/// The ciphers of Laravel's `app.cipher`. GCM authenticates by itself; CBC needs a MAC beside it.
struct Cipher {
    std::string_view name; ///< in lower case
    std::size_t keyBytes;
    std::size_t ivBytes;
    bool isAuthenticated;
};
/// By its name in any case; null if there is none.
const Cipher *findCipher(std::string_view name);

/// The plain text. nullopt: wrong key, wrong tag (16 bytes, GCM only) or wrong PKCS#7 padding (CBC
/// only), a key or iv of another length. Check a CBC text's MAC before: the padding alone must not
/// be told to a stranger.
std::optional<std::string> decrypt(const Cipher &cipher, const SecretKey &key, std::string_view iv,
                                   std::string_view text, std::string_view tag);

/// Lower-case hex.
std::string hmacSha256Hex(const SecretKey &key, std::string_view text);
std::string hmacSha1Hex(const SecretKey &key, std::string_view text);

/// Standard alphabet, padding optional. nullopt: any other character, an impossible length.
std::optional<std::string> decodeBase64(std::string_view text);

} // namespace pregon
