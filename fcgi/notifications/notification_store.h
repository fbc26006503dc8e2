// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/notification_input.h"
#include "fcgi/notifications/stored_notification.h"
#include "shared/auth/token_store.h"
#include "shared/clock.h"
#include "shared/store/database.h"
#include "shared/store/outbox_schema.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pregon {

/// What came with a post beside the notice.
struct PostContext {
    std::string exceptSocketId; ///< empty: none is skipped
    /// Of the Idempotency-Key header, hashed together with its user; empty: none.
    std::string idempotencyKey;
    std::string requestHash; ///< of the body: a key counts for one request only
};

/// Stores notifications in the application's own tables, together with their outbox entries. The
/// outbox must be there (shared/store/outbox_schema.h). Errors: the database's.
class NotificationStore {
  public:
    /// Borrows: for one thread, as the Database is.
    NotificationStore(Database &database, const Clock &clock)
        : database_(database), clock_(clock) {}

    /// Stores what a phone of `user` posted, and the event for the channel of its device's commerce
    /// (the user's, if the device has none yet: it is given to the device). All of it or nothing;
    /// when this returns a value, it is on disk. A second copy of a notice is stored as well, with
    /// is_duplicate set; a repeated request with the same key is not. One at a time per commerce:
    /// the ids of its notifications and of its outbox entries become visible in their order.
    /// Characters that a MariaDB column lacks are stored as `?` (fitted_input.h), with a warning in
    /// the log. Besides the database's errors: NotFound "Device not found" (also if it is another
    /// user's), Forbidden "Device is not active", or if neither device nor user has a commerce.
    Result<StoredNotification> create(const User &user, const NotificationInput &input,
                                      const PostContext &context);

    /// Changes the status of one of the user's own notifications and returns the notification.
    /// nullopt: no such notification. Nothing is published. `status` has been checked.
    Result<std::optional<TableRow>> setStatus(const User &user, std::int64_t id,
                                              const std::string &status);

  private:
    struct Posting;
    struct Device;
    Result<StoredNotification> createOnce(const User &user, const NotificationInput &input,
                                          const PostContext &context);
    Result<StoredNotification> createInTransaction(const Posting &posting);
    Result<Done> lockCommerce(const Device &device);
    Result<std::optional<StoredNotification>> findEarlier(const Posting &posting);
    Result<StoredNotification> storeBoth(const Posting &posting, Device &device);
    Result<NotificationRow> storeNotification(const Posting &posting, Device &device);
    Result<NotificationRow> load(const std::string &id);
    Result<Device> findDevice(const Posting &posting);
    Result<Done> touchDevice(const Posting &posting, Device &device);
    Result<Done> findOrCreateInstance(const Posting &posting, Device &device);
    Result<bool> hasCopy(const Posting &posting, const Device &device);
    Result<TableRow> insert(const Posting &posting, const Device &device,
                            const std::string &isDuplicate);

    Database &database_;
    const Clock &clock_;
};

} // namespace pregon
