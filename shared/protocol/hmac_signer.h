// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Signs and checks with one application secret: HMAC-SHA256, lower-case hex
/// (spec pusher-websocket §4.3, pusher-http-api §2.2). Any thread.
class HmacSigner {
  public:
    explicit HmacSigner(std::string secret) : secret_(std::move(secret)) {}

    std::string sign(std::string_view text) const;
    /// Constant time in the signature. Upper-case hex is refused.
    bool verify(std::string_view text, std::string_view signature) const;

  private:
    std::string secret_;
};

/// 32 bytes as 64 lower-case hex digits.
std::string sha256Hex(std::string_view text);
/// 32 bytes as 44 characters of base64, as encrypted channels have their shared_secret.
std::string sha256Base64(std::string_view text);
/// Bytes of the key that shared_secrets are made of (spec broadcasting-auth §2).
inline constexpr std::size_t kMasterKeyBytes = 32;
/// 20 bytes as 40 lower-case hex digits. As Redis names scripts; it protects nothing.
std::string sha1Hex(std::string_view text);
/// 16 bytes as 32 lower-case hex digits. Only for `body_md5`, which is not what protects a request.
std::string md5Hex(std::string_view text);
/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455 §4.2.2).
std::string webSocketAccept(std::string_view key);
/// Equal texts, in a time that tells only their lengths.
bool equalInConstantTime(std::string_view left, std::string_view right);

/// `length` random characters out of `alphabet`, from the kernel's generator, without bias.
/// `alphabet` has 1 to 256 characters.
std::string randomText(std::size_t length, std::string_view alphabet);
/// Uniform in 1..maximum, from the kernel's generator. Never predictable.
unsigned randomNumber(unsigned maximum);

} // namespace pregon
