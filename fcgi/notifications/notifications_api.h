// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"
#include "fcgi/notifications/notification_reader.h"
#include "fcgi/notifications/notification_store.h"
#include "fcgi/notifications/outbox_relay.h"
#include "shared/auth/token_store.h"
#include "shared/clock.h"
#include "shared/ipc/worker_client.h"
#include "shared/store/database.h"

#include <string>

namespace pregon {

/// `/api/notifications` and what is below it (recorded in
/// tests/e2e/fixtures/laravel_notifications.json). The caller has authenticated the user.
class NotificationsApi {
  public:
    /// Borrows all but `appId`, the application whose channels the events are for. One per thread,
    /// as database and worker are; the relay is everybody's.
    NotificationsApi(Database &database, const Clock &clock, WorkerClient &worker,
                     OutboxRelay &relay, std::string appId)
        : database_(database), store_(database, clock), reader_(database), worker_(worker),
          relay_(relay), appId_(std::move(appId)) {}

    /// Stores a payment notice and broadcasts it to `private-commerce.{id}`. 201: it is on disk,
    /// and will be broadcast even if the worker is away now. The connection named by a valid
    /// X-Socket-ID is skipped. A request with the Idempotency-Key of an earlier one (of the same
    /// user, for as long as KeyExpiry keeps it) stores nothing and gets that one's answer; 422 if
    /// it is another request, 400 for a malformed key. Else 422, 403, 404 as captured, or 503
    /// without the database: nothing is stored then, and the phone may try again.
    HttpResponse create(const HttpRequest &request, const User &user);

    /// Laravel's paginator over what the user's devices posted, by `page` and `per_page` (1 to 100,
    /// default 50). With `after_id`: `{"data":[…]}`, what the channel of the user's commerce
    /// carried after that notification, ascending, at most `per_page`. Either with the filters of
    /// NotificationFilter. 422 or 503 else.
    HttpResponse list(const HttpRequest &request, const User &user);

    /// What the user's devices posted in numbers: by application, device, day and status, within
    /// `start_date` and `end_date` (notification_statistics.h). 422 or 503 else.
    HttpResponse statistics(const HttpRequest &request, const User &user);

    /// One of what the user's devices posted, with its device and app instance. 404 as Laravel says
    /// it if there is none with this `id`, or it is no number; 503.
    HttpResponse show(const HttpRequest &request, const User &user, const std::string &id);

    /// Sets the status of one of them to the body's `status`, and tells nobody else. 422, then 404,
    /// or 503.
    HttpResponse setStatus(const HttpRequest &request, const User &user, const std::string &id);

  private:
    void publish(const OutboxEntry &entry, OutboxStore::Time until);

    Database &database_;
    NotificationStore store_;
    NotificationReader reader_;
    WorkerClient &worker_;
    OutboxRelay &relay_;
    std::string appId_;
};

} // namespace pregon
