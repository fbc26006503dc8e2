#pragma once

#include "fcgi/stored_notification.h"
#include "shared/ipc_message.h"

#include <string>
#include <vector>

namespace pregon {

/// The table of shared/outbox_schema.h. Errors: Unavailable, the database's.
class OutboxStore {
  public:
    /// Borrows: for one thread, as the Database is.
    explicit OutboxStore(Database &database) : database_(database) {}

    /// Adds an entry, whose id is not looked at, and gives its id. Belongs in the transaction of
    /// what the event tells of.
    Result<std::string> add(const OutboxEntry &entry);
    /// Up to `limit` entries with an id above `afterId`, in the order of their ids.
    Result<std::vector<OutboxEntry>> next(std::int64_t afterId, std::size_t limit);
    /// Done also if there is no such entry.
    Result<Done> remove(const std::string &id);

  private:
    Database &database_;
};

/// The question for the worker that publishes `entry`.
PublishMessage publishMessageFor(const OutboxEntry &entry, const std::string &appId);

/// True for an answer of the worker that says that the event itself is wrong. Anything else, an
/// application that it does not know among them, may be mended: the entry stays.
bool isRefusedForGood(Errc code);

} // namespace pregon
