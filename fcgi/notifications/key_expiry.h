// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/outbox_store.h"
#include "shared/clock.h"

#include <chrono>
#include <optional>
#include <string>

namespace pregon {

/// Forgets Idempotency-Keys a day after their requests, whatever a clock that may be set says
/// meanwhile: a key counts until kMarks half hours have passed in which a pregon-fcgi ran. Each
/// half hour, by the steady clock, a mark is put into the outbox, whose ids only grow; what lies
/// before the oldest mark that counts is old enough. Time in which no process ran, and the half
/// hour in which one was restarted, do not count, so a key may be kept longer and never shorter.
/// Processes with the same database put one mark together. For one thread.
class KeyExpiry {
  public:
    static constexpr std::chrono::minutes kBetweenMarks{30};
    static constexpr std::int64_t kMarks = 48; ///< a day

    /// Borrows the clock.
    explicit KeyExpiry(const Clock &clock) : clock_(clock) {}

    /// Looks whether something is due; call it now and then. Errors: the database's.
    Result<Done> work(OutboxStore &outbox);

  private:
    Result<Done> look(OutboxStore &outbox);

    const Clock &clock_;
    std::optional<std::string>
        newest_; ///< the newest mark when it was looked for; nullopt: not yet
    std::chrono::steady_clock::time_point due_{};
};

} // namespace pregon
