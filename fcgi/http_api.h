// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/auth/auth_limits.h"
#include "fcgi/auth/broadcasting_api.h"
#include "fcgi/auth/identity.h"
#include "fcgi/events/channels_api.h"
#include "fcgi/events/events_api.h"
#include "fcgi/events/users_api.h"
#include "fcgi/http/cors.h"
#include "fcgi/http/http_message.h"
#include "fcgi/http/path_pattern.h"
#include "fcgi/notifications/outbox_relay.h"
#include "fcgi/notifications/store_health.h"
#include "shared/clock.h"
#include "shared/config/app_config.h"
#include "shared/ipc/worker_client.h"
#include "shared/store/database.h"

#include <optional>
#include <string>

namespace pregon {

/// Everything that pregon-fcgi answers: one table of routes. One per thread; owns the thread's
/// connections to the worker and the store.
class HttpApi {
  public:
    HttpApi(const AppConfig &config, const ChannelAuthorizer &authorizer, const Clock &clock,
            OutboxRelay &relay, Publisher &publisher, Identity &identity, AuthLimits &limits,
            StoreHealth &storeHealth);

    HttpResponse handle(const HttpRequest &request);

    /// Whether the answer may have to wait for others than the worker: all but those of the event
    /// API and of `/up`, unless that asks for the store. Pure.
    static bool mayWait(const HttpRequest &request, const AppConfig &config);

  private:
    struct Route;
    static const Route kRoutes[];

    HttpResponse up(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse storeUp(const HttpRequest &request);
    HttpResponse triggerEvent(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse triggerBatch(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse listChannels(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse describeChannel(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse listUsers(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse terminateUser(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse terminateUserOfKey(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse countConnections(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse authorizeChannel(const HttpRequest &request, const PathParameters &parameters);
    HttpResponse authenticateUser(const HttpRequest &request, const PathParameters &parameters);
    /// Runs a member function of NotificationsApi, with the path's `id` if it takes one.
    template <Identity::Purpose purpose, auto Run>
    HttpResponse notifications(const HttpRequest &request, const PathParameters &parameters);

    HttpResponse answer(const HttpRequest &request);
    void logRefusedNotice(const HttpRequest &request, const User &user,
                          const HttpResponse &response);
    std::optional<PathParameters> match(const Route &route, std::string_view path) const;
    Result<const App *> enabledApplication(const PathParameters &parameters) const;
    Result<Done> verify(const HttpRequest &request, const App &app) const;
    /// Answers with the JSON of `work`, for a signed request of the application that the path
    /// names.
    template <class Work>
    HttpResponse forApplication(const HttpRequest &request, const PathParameters &parameters,
                                Work work);
    /// Runs `work` for the user who sent the request; answers `status` if nobody that we know did.
    template <class Work>
    HttpResponse forUser(const HttpRequest &request, Identity::Purpose purpose, int status,
                         Work work);
    /// Runs `work` for the user who sent the request, or null. Answers 503 when the store is away,
    /// and connects anew the next time.
    template <class Work>
    HttpResponse withUser(const HttpRequest &request, Identity::Purpose purpose, Work work);
    /// The same for the auth endpoints, within their limits.
    template <class Work>
    HttpResponse forAuth(const HttpRequest &request, Work work);

    const AppConfig &config_;
    const Clock &clock_;
    OutboxRelay &relay_;
    Identity &identity_;
    AuthLimits &limits_;
    StoreHealth &storeHealth_;
    WorkerClient worker_;        ///< for what must be answered at once: /up, and stored notices
    WorkerClient patientWorker_; ///< for what the application asks: a restart is waited for
    EventsApi events_;
    ChannelsApi channels_;
    UsersApi users_;
    BroadcastingApi broadcasting_;
    Cors cors_;
    Database database_; ///< connected once it was needed
};

} // namespace pregon
