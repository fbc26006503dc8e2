// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/user_store.h"
#include "shared/clock.h"
#include "shared/keyed_hash.h"
#include "shared/protocol/hmac_signer.h"

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Remembers for some seconds whose a credential is, so that not each request asks the database.
/// Bounded in number: the oldest goes first. Only its keyed digest is kept, never the credential.
/// One for all threads of the process: with one per thread, each would ask anew. Any thread.
class IdentityCache {
  public:
    /// `maxAgeSeconds` 0: remembers nothing. Borrows the clock.
    IdentityCache(std::int64_t maxAgeSeconds, std::size_t maxSize, const Clock &clock);

    /// The user of a credential that was put less than maxAgeSeconds ago and is still valid by
    /// itself. `kind` keeps a session apart from a token of the same text.
    std::optional<User> find(std::string_view kind, std::string_view credential);

    /// `askedAt` is the unix time before the database was asked: from there on it may have changed.
    /// `validUntil` is the last second of the credential itself.
    void put(std::string_view kind, std::string_view credential, User user, std::int64_t askedAt,
             std::optional<std::int64_t> validUntil);

  private:
    struct Entry {
        std::string digest;
        User user;
        std::int64_t askedAt;
        std::optional<std::int64_t> validUntil;
    };
    using Entries = std::list<Entry>;

    std::string digestOf(std::string_view kind, std::string_view credential) const;
    bool isUsable(const Entry &entry) const;
    void forget(Entries::iterator entry);

    const std::int64_t maxAgeSeconds_;
    const std::size_t maxSize_;
    const Clock &clock_;
    const HmacSigner digester_; ///< with a key that nobody else has

    std::mutex mutex_; ///< for these two
    Entries entries_;  ///< the oldest first
    TextViewMap<Entries::iterator> byDigest_;
};

} // namespace pregon
