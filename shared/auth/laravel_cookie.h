// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/cipher.h"
#include "shared/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Opens cookies that a Laravel application encrypted (spec broadcasting-auth §5.1, §5.2), with its
/// APP_KEY. Cookies that hold PHP-serialised values, which an application can turn on, are not
/// understood. Any thread.
class LaravelCookie {
  public:
    /// `key` and `previousKeys` as in APP_KEY and APP_PREVIOUS_KEYS: `base64:` and the base64 of
    /// the raw key, or the raw key itself. BadRequest for an unknown cipher, or a key that is not
    /// as long as the cipher wants; the reason holds no part of a key.
    static Result<LaravelCookie> make(std::string_view key,
                                      const std::vector<std::string> &previousKeys,
                                      std::string_view cipher);

    /// The text in a cookie, whose `value` is as the browser sent it. nullopt unless one of the
    /// keys made it, and for a cookie of that name: each value is bound to its name.
    std::optional<std::string> open(std::string_view name, std::string_view value) const;

    /// The text in what the application's Encrypter made without a name: a session's payload.
    std::optional<std::string> openPayload(std::string_view value) const {
        return decryptEnvelope(value);
    }

  private:
    std::optional<std::string> decryptEnvelope(std::string_view value) const;
    bool isPrefixOf(std::string_view name, std::string_view prefix) const;

    const Cipher *cipher_ = nullptr;
    std::vector<SecretKey> keys_; ///< the current one first
};

/// The value of the first cookie with that name in a `Cookie` header, as sent; nullopt if there is
/// none.
std::optional<std::string_view> cookieValue(std::string_view header, std::string_view name);

} // namespace pregon
