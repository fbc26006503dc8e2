// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/cipher.h"
#include "shared/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st;

namespace pregon {

/// How a token is signed. One application has one: what a token says of itself decides nothing.
enum class JwtAlgorithm { Rs256, Es256, Hs256 };
/// `RS256`, `ES256`, `HS256`, exactly; nullopt for everything else, `none` among that.
std::optional<JwtAlgorithm> findJwtAlgorithm(std::string_view name);

/// The keys that tokens may be signed with. Any thread.
class JwtKeys {
  public:
    /// HS256: the secret. BadRequest: shorter than 32 bytes.
    static Result<JwtKeys> ofSecret(std::string secret);
    /// RS256 or ES256: a public key or certificate in PEM, or a JSON Web Key Set. BadRequest:
    /// neither, a key of another kind (also one of a kind that the algorithm does not have), RSA of
    /// less than 2048 bits.
    static Result<JwtKeys> ofText(std::string_view text, JwtAlgorithm algorithm);

    JwtAlgorithm algorithm() const { return algorithm_; }
    /// True if the signature (raw bytes, as the token has it) of `text` is of the key that `keyId`
    /// names, or of the only key if the token names none. A key id is compared, and nothing else:
    /// it is no path and no address.
    bool verify(std::string_view text, std::string_view signature, std::string_view keyId) const;

  private:
    struct Free {
        void operator()(evp_pkey_st *key) const;
    };
    struct Key {
        std::string id; ///< empty: none
        std::unique_ptr<evp_pkey_st, Free> key;
    };
    friend class JwtKeyReader;

    JwtAlgorithm algorithm_ = JwtAlgorithm::Hs256;
    std::vector<Key> keys_;
    std::optional<SecretKey> secret_;
};

/// What must hold of a token besides its signature.
struct JwtRules {
    std::string issuer;              ///< `iss`; empty: any
    std::string audience;            ///< one of `aud`; empty: any
    std::string claim = "sub";       ///< that tells the user: a text or a whole number
    std::int64_t leewaySeconds = 30; ///< by which clocks may differ
};

struct JwtToken {
    std::string subject;                ///< the claim's value
    std::string id;                     ///< `jti`; empty: none
    std::int64_t validUntil;            ///< its last second (unix), with the leeway
    std::vector<std::string> abilities; ///< `scopes`, a list, or `scope`, a text with blanks
};

/// A token's content if it holds at `now`; Unauthorized with the reason, for the log, if not. Takes
/// any bytes; at most kMaxJwt of them.
inline constexpr std::size_t kMaxJwt = 8192;
Result<JwtToken> checkJwt(std::string_view token, const JwtKeys &keys, const JwtRules &rules,
                          std::int64_t now);

/// True if a bearer token has the form of one: three parts with dots between them.
bool looksLikeJwt(std::string_view token);

} // namespace pregon
