// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Laravel's sessions of SESSION_DRIVER=database (spec broadcasting-auth §5.3), in {sessions}. Only
/// the user of the application's default guard is known, by the column user_id: those of other
/// guards stand in the payload, which is not read, so that SESSION_ENCRYPT makes no difference.
/// Borrows both.
class SessionStore {
  public:
    struct Session {
        std::string userId;
        std::int64_t validUntil; ///< its last second (unix)
        bool isUseDue;           ///< last_activity is a minute old: see markSessionUsed
    };

    SessionStore(Database &database, const Clock &clock, std::int64_t lifetimeMinutes)
        : database_(database), clock_(clock), lifetimeSeconds_(lifetimeMinutes * 60) {}

    /// nullopt: no such session, it has expired, or no user is logged in. Other errors as
    /// Database's.
    Result<std::optional<Session>> find(const std::string &id);

  private:
    Database &database_;
    const Clock &clock_;
    std::int64_t lifetimeSeconds_;
};

/// Sets last_activity of a session to now, unless that was done within the last minute.
Result<Done> markSessionUsed(Database &database, const Clock &clock, const std::string &id);

/// The form of Laravel's session ids: 40 letters and digits.
bool isSessionId(std::string_view text);

} // namespace pregon
