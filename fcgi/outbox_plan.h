#pragma once

#include "fcgi/stored_notification.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace pregon {

/// How far an entry is that a request thread has given up to the relay.
enum class OutboxProgress {
    Stored,    ///< to be published and deleted
    Published, ///< to be deleted only
};
using HandedOver = std::map<std::int64_t, OutboxProgress>;

/// What the relay does with the entries that it found.
struct OutboxPlan {
    std::vector<OutboxEntry> due;                 ///< in the order of their ids
    std::optional<std::int64_t> lookAgainSeconds; ///< when the next of the others becomes due
};

/// An entry younger than this belongs to the request thread that stored it and is publishing it
/// right now, unless that thread has handed it over. An older one was left behind by a process that
/// was killed in between. In whole seconds, as created_at is.
inline constexpr std::int64_t kOutboxGraceSeconds = 3;

/// Which of `entries` (in the order of their ids) are due. One from the future, stored before the
/// clock was set back, is due as well. Pure.
OutboxPlan planOutbox(const std::vector<OutboxEntry> &entries, const HandedOver &handedOver,
                      std::int64_t nowSeconds);

/// The id as a number; 0, which is no id, if it is none.
std::int64_t outboxId(const std::string &text);

} // namespace pregon
