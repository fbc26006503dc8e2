#pragma once

#include "fcgi/notification_input.h"
#include "fcgi/stored_notification.h"
#include "shared/clock.h"
#include "shared/database.h"
#include "shared/outbox_schema.h"
#include "shared/token_store.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pregon {

/// Notifications in the application's own tables, and their outbox. kOutboxSchema must have been
/// executed in the database once. Errors of every function: Unavailable, the database's.
class NotificationStore {
  public:
    /// Borrows: for one thread, as the Database is.
    NotificationStore(Database &database, const Clock &clock)
        : database_(database), clock_(clock) {}

    /// Stores what a phone of `user` posted, and the event for the channel of its device's commerce
    /// (the user's, if the device has none yet: it is given to the device). All of it or nothing;
    /// when this returns a value, it is on disk. A second copy of a notice is stored as well, with
    /// is_duplicate set. Besides: NotFound "Device not found" (also if it is somebody else's),
    /// Forbidden "Device is not active", BadRequest if neither device nor user has a commerce.
    Result<StoredNotification> create(const User &user, const NotificationInput &input,
                                      const std::string &exceptSocketId);

    struct Listing {
        std::vector<NotificationRow> rows;
        std::int64_t total = 0; ///< on all pages
    };
    /// What the user's own devices posted (of the user's commerce, if the user has one), latest
    /// first. `page` counts from 1 and is at most kMaxPage.
    Result<Listing> list(const User &user, std::int64_t page, std::int64_t perPage);
    static constexpr std::int64_t kMaxPage = 1'000'000'000;

    /// What the channel of the user's commerce carried after the notification `afterId`: ascending,
    /// at most `limit`; none for a user without commerce. Complete, because SQLite has one writer
    /// at a time: no id below a visible one appears later.
    Result<std::vector<NotificationRow>> after(const User &user, std::int64_t afterId,
                                               std::int64_t limit);

  private:
    struct Posting;
    struct Device;
    Result<NotificationRow> storeNotification(const Posting &posting);
    Result<Device> findDevice(const Posting &posting);
    Result<Done> touchDevice(const Posting &posting, const Device &device);
    Result<SqlValue> findOrCreateInstance(const Posting &posting, const Device &device);
    Result<bool> hasCopy(const Posting &posting, const Device &device);
    Result<std::string> insert(const Posting &posting, const Device &device,
                               const SqlValue &instanceId, const std::string &isDuplicate);

    Database &database_;
    const Clock &clock_;
};

} // namespace pregon
