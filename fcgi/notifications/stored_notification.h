// SPDX-License-Identifier: MIT
#pragma once

#include "shared/store/database.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// A row of the store: column name to value, as the database gave it.
struct TableRow {
    std::map<std::string, SqlValue, std::less<>> columns;

    /// NULL and absent alike are nullopt.
    SqlValue column(std::string_view name) const {
        const auto found = columns.find(name);
        return found != columns.end() ? found->second : std::nullopt;
    }
    /// Empty for NULL.
    std::string text(std::string_view name) const { return column(name).value_or(""); }
};

/// A notification with what belongs to it.
struct NotificationRow {
    TableRow notification;
    std::optional<TableRow> appInstance;
    std::optional<TableRow> device;
};

/// An event that waits for the worker's acknowledgement.
struct OutboxEntry {
    std::string id;
    std::string channel;
    std::string event;
    std::string data;           ///< JSON text
    std::string exceptSocketId; ///< empty: none is skipped
    std::string createdAt;      ///< `2026-11-24 09:01:00` UTC
    std::string idempotencyKey; ///< of the request, hashed; empty: none
    std::string requestHash;    ///< of its body
    std::string notificationId; ///< what it stored
};

/// What became of one post.
struct StoredNotification {
    enum class Outcome {
        Stored,    ///< on disk, and to be published
        Repeated,  ///< an earlier request with the same Idempotency-Key stored it
        KeyReused, ///< the Idempotency-Key belongs to another request; nothing is stored
    };
    Outcome outcome = Outcome::Stored;
    NotificationRow row; ///< not with KeyReused
    OutboxEntry outbox;  ///< with Stored
};

} // namespace pregon
