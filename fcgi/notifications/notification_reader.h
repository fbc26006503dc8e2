// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/notification_query.h"
#include "fcgi/notifications/stored_notification.h"
#include "shared/auth/token_store.h"
#include "shared/store/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pregon {

/// Reads the application's notifications. Errors of every function: the database's.
class NotificationReader {
  public:
    /// Borrows: for one thread, as the Database is.
    explicit NotificationReader(Database &database) : database_(database) {}

    struct Listing {
        std::vector<NotificationRow> rows;
        std::int64_t total = 0; ///< on all pages
    };
    /// What the user's own devices posted (of the user's commerce, if the user has one), latest
    /// first: one page of what `asked.filter` lets through.
    Result<Listing> list(const User &user, const NotificationQuery &asked);

    /// The notifications that were published on the channel of the user's commerce after the
    /// notification `afterId` and pass the filter: ascending, at most `limit`; nothing for a user
    /// without a commerce. Complete, because NotificationStore stores one at a time per commerce:
    /// no id below a visible one appears later.
    Result<std::vector<NotificationRow>> after(const User &user, const NotificationFilter &filter,
                                               std::int64_t afterId, std::int64_t limit);

    /// One of what the user's own devices posted, of whatever commerce; nullopt: no such.
    Result<std::optional<NotificationRow>> find(const User &user, std::int64_t id);

  private:
    Database &database_;
};

} // namespace pregon
