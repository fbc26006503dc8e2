// SPDX-License-Identifier: MIT
#include "fcgi/http_api.h"

#include "fcgi/events/request_auth.h"
#include "fcgi/http/error_responses.h"
#include "fcgi/notifications/laravel_input.h"
#include "fcgi/notifications/notifications_api.h"
#include "shared/json/json.h"
#include "shared/log/log.h"

#include <algorithm>
#include <type_traits>

namespace pregon {
namespace {

constexpr auto kRead = Identity::Purpose::Read;
constexpr auto kWrite = Identity::Purpose::Write;
constexpr std::string_view kStore = "store"; // of `GET /up?check=store`

/// `details` are further members, with a comma before each.
HttpResponse unhealthy(const std::string &why, const std::string &details = "") {
    return {503,
            "application/json",
            R"({"health":")" + why + "\"" + details + "}",
            {{"Retry-After", kRetrySeconds}}};
}

/// What `GET /up` is to look at, as its query says; empty: the worker.
std::string whatToCheck(const HttpRequest &request) {
    return std::string(parameterOf(readQueryParameters(request.query), "check"));
}

} // namespace

struct HttpApi::Route {
    const char *method;
    const char *pattern; // ':name' matches one segment
    HttpResponse (HttpApi::*run)(const HttpRequest &, const PathParameters &);
};

const HttpApi::Route HttpApi::kRoutes[] = {
    {"GET", "/up", &HttpApi::up},
    {"POST", "/apps/:app/events", &HttpApi::triggerEvent},
    {"POST", "/apps/:app/batch_events", &HttpApi::triggerBatch},
    {"GET", "/apps/:app/channels", &HttpApi::listChannels},
    {"GET", "/apps/:app/channels/:channel", &HttpApi::describeChannel},
    {"GET", "/apps/:app/channels/:channel/users", &HttpApi::listUsers},
    {"POST", "/apps/:app/users/:user/terminate_connections", &HttpApi::terminateUser},
    {"POST", "/users/:user/terminate_connections", &HttpApi::terminateUserOfKey},
    {"GET", "/apps/:app/connections", &HttpApi::countConnections},
    {"GET", "/broadcasting/auth", &HttpApi::authorizeChannel},
    {"POST", "/broadcasting/auth", &HttpApi::authorizeChannel},
    {"GET", "/api/broadcasting/auth", &HttpApi::authorizeChannel},
    {"POST", "/api/broadcasting/auth", &HttpApi::authorizeChannel},
    {"GET", "/broadcasting/user-auth", &HttpApi::authenticateUser},
    {"POST", "/broadcasting/user-auth", &HttpApi::authenticateUser},
    {"GET", "/api/broadcasting/user-auth", &HttpApi::authenticateUser},
    {"POST", "/api/broadcasting/user-auth", &HttpApi::authenticateUser},
    {"GET", "/api/notifications", &HttpApi::notifications<kRead, &NotificationsApi::list>},
    {"POST", "/api/notifications", &HttpApi::notifications<kWrite, &NotificationsApi::create>},
    {"GET", "/api/notifications/statistics",
     &HttpApi::notifications<kRead, &NotificationsApi::statistics>},
    {"GET", "/api/notifications/:id", &HttpApi::notifications<kRead, &NotificationsApi::show>},
    {"PATCH", "/api/notifications/:id/status",
     &HttpApi::notifications<kWrite, &NotificationsApi::setStatus>},
};

HttpApi::HttpApi(const AppConfig &config, const ChannelAuthorizer &authorizer, const Clock &clock,
                 OutboxRelay &relay, Publisher &publisher, Identity &identity, AuthLimits &limits,
                 StoreHealth &storeHealth)
    : config_(config), clock_(clock), relay_(relay), identity_(identity), limits_(limits),
      storeHealth_(storeHealth),
      worker_(workerSockets(config), std::chrono::milliseconds(config.workerTimeoutMs)),
      patientWorker_(workerSockets(config), std::chrono::milliseconds(config.workerTimeoutMs),
                     WorkerClient::WhenAway::KeepTrying),
      events_(publisher, patientWorker_,
              EventParser(static_cast<std::size_t>(config.maxEventSize),
                          static_cast<std::size_t>(config.maxBatchSize))),
      channels_(patientWorker_), users_(patientWorker_),
      broadcasting_(config, authorizer, clock, limits),
      cors_(config.corsOrigins, config.corsCredentials),
      database_(Database::onDemand(databaseSettings(config))) {}

HttpResponse HttpApi::handle(const HttpRequest &request) {
    database_.answerBy(request.until);
    worker_.answerBy(request.until);
    patientWorker_.answerBy(request.until);
    HttpResponse response = answer(request);
    if (isLaravelPath(withoutPathPrefix(request.path, config_.serverPath)))
        cors_.addTo(response, request);
    return response;
}

bool HttpApi::mayWait(const HttpRequest &request, const AppConfig &config) {
    const auto asksWorker = [&](std::string_view path) {
        return (path == "/up" && whatToCheck(request) != kStore) || path.starts_with("/apps/") ||
               path.starts_with("/users/");
    };
    return !asksWorker(request.path) &&
           !asksWorker(withoutPathPrefix(request.path, config.serverPath));
}

HttpResponse HttpApi::answer(const HttpRequest &request) {
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    std::vector<std::string> allowed;
    PathParameters known;
    for (const Route &route : kRoutes) {
        const auto parameters = match(route, request.path);
        if (!parameters)
            continue;
        if (method == route.method)
            return (this->*route.run)(request, *parameters);
        known = *parameters;
        allowed.emplace_back(route.method);
        if (allowed.back() == "GET")
            allowed.emplace_back("HEAD");
    }
    if (known.contains("app"))
        if (const auto app = enabledApplication(known); !app)
            return errorResponse(app.error(), request);
    const std::string_view path = withoutPathPrefix(request.path, config_.serverPath);
    if (!allowed.empty() && isLaravelPath(path) && cors_.isPreflight(request))
        return cors_.preflight();
    if (!allowed.empty())
        return methodNotAllowed(request, path, allowed);
    return isLaravelPath(path) ? messageResponse(404, "Not Found")
                               : textResponse(404, "Not found.");
}

/// Every route is served with and without the configured prefix.
std::optional<PathParameters> HttpApi::match(const Route &route, std::string_view path) const {
    const auto parameters = matchPath(route.pattern, path);
    return parameters ? parameters
                      : matchPath(route.pattern, withoutPathPrefix(path, config_.serverPath));
}

HttpResponse HttpApi::up(const HttpRequest &request, const PathParameters &) {
    const std::string what = whatToCheck(request);
    if (what == kStore)
        return storeUp(request);
    if (!what.empty())
        return errorResponse({Errc::BadRequest, "check: store, or nothing."}, request);
    const auto status = worker_.status();
    const auto document = status ? JsonDocument::parse(*status) : tl::unexpected(status.error());
    if (!document)
        return unhealthy("ERROR");
    const bool isDraining = document->root().find("draining").asBoolean().value_or(false);
    if (isDraining)
        return unhealthy("DRAINING");
    // Not 503: a balancer that asks would take every host away for the sake of one Redis.
    const bool isDegraded =
        document->root().find("cluster").find("degraded").asBoolean().value_or(false);
    return {200,
            "application/json",
            isDegraded ? R"({"health":"DEGRADED"})" : R"({"health":"OK"})",
            {}};
}

/// Whether payment notices can be stored and get through. The reason is for the log only.
HttpResponse HttpApi::storeUp(const HttpRequest &request) {
    const auto waited = storeHealth_.oldestWaitSeconds(database_, request.until);
    if (!waited) {
        database_.close();
        log(LogLevel::Warning, "store check failed", {{"reason", waited.error().reason}});
        return unhealthy("ERROR", R"(,"store":"ERROR")");
    }
    const std::string details = R"(,"store":"OK","outbox_seconds":)" + std::to_string(*waited);
    if (*waited <= StoreHealth::kLongestWait.count())
        return {200, "application/json", R"({"health":"OK")" + details + "}", {}};
    log(LogLevel::Warning, "outbox held up", {{"seconds", *waited}});
    return unhealthy("ERROR", details);
}

/// The application that the path names. NotFound, or Forbidden if it is switched off.
Result<const App *> HttpApi::enabledApplication(const PathParameters &parameters) const {
    const std::string id = decodedParameter(parameters, "app");
    const App *app = config_.findApp(id);
    if (app == nullptr)
        return failure(Errc::NotFound, "No matching application for ID [" + id + "].");
    if (!app->enabled)
        return failure(Errc::Forbidden, "Application disabled.");
    return app;
}

/// Clients sign the path without the prefix or, behind some proxies, with it (spec §2.4).
Result<Done> HttpApi::verify(const HttpRequest &request, const App &app) const {
    const std::int64_t window = config_.authTimestampWindowSeconds;
    const std::string_view path = withoutPathPrefix(request.path, config_.serverPath);
    if (path.size() < request.path.size()) {
        HttpRequest inner = request;
        inner.path = path;
        if (verifySignedRequest(inner, app, clock_, window))
            return Done{};
    }
    return verifySignedRequest(request, app, clock_, window);
}

template <class Work>
HttpResponse HttpApi::forApplication(const HttpRequest &request, const PathParameters &parameters,
                                     Work work) {
    const auto app = enabledApplication(parameters);
    if (!app)
        return errorResponse(app.error(), request);
    if (const auto verified = verify(request, **app); !verified)
        return errorResponse(verified.error(), request);
    const Result<std::string> json = work(**app);
    if (!json)
        return errorResponse(json.error(), request);
    return {200, "application/json", *json, {}};
}

HttpResponse HttpApi::triggerEvent(const HttpRequest &request, const PathParameters &parameters) {
    return forApplication(request, parameters,
                          [&](const App &app) { return events_.trigger(request.body, app); });
}

HttpResponse HttpApi::triggerBatch(const HttpRequest &request, const PathParameters &parameters) {
    return forApplication(request, parameters,
                          [&](const App &app) { return events_.triggerBatch(request.body, app); });
}

HttpResponse HttpApi::listChannels(const HttpRequest &request, const PathParameters &parameters) {
    return forApplication(request, parameters,
                          [&](const App &app) { return channels_.list(request.query, app); });
}

HttpResponse HttpApi::describeChannel(const HttpRequest &request,
                                      const PathParameters &parameters) {
    return forApplication(request, parameters, [&](const App &app) {
        return channels_.describe(decodedParameter(parameters, "channel"), request.query, app);
    });
}

HttpResponse HttpApi::listUsers(const HttpRequest &request, const PathParameters &parameters) {
    return forApplication(request, parameters, [&](const App &app) {
        return channels_.users(decodedParameter(parameters, "channel"), app);
    });
}

HttpResponse HttpApi::terminateUser(const HttpRequest &request, const PathParameters &parameters) {
    return forApplication(request, parameters, [&](const App &app) {
        return users_.terminate(decodedParameter(parameters, "user"), app);
    });
}

/// As pusher-http-python 3.3.3 asks: the key names the application.
HttpResponse HttpApi::terminateUserOfKey(const HttpRequest &request,
                                         const PathParameters &parameters) {
    const QueryParameters query = readQueryParameters(request.query);
    const auto app = std::ranges::find(config_.apps, parameterOf(query, "auth_key"), &App::key);
    if (app == config_.apps.end())
        return errorResponse({Errc::Unauthorized, "Unknown auth_key."}, request);
    PathParameters named = parameters;
    named["app"] = app->id;
    return terminateUser(request, named);
}

HttpResponse HttpApi::countConnections(const HttpRequest &request,
                                       const PathParameters &parameters) {
    return forApplication(request, parameters,
                          [&](const App &app) { return channels_.connections(app); });
}

HttpResponse HttpApi::authorizeChannel(const HttpRequest &request, const PathParameters &) {
    return forAuth(request, [&](const User *user) {
        return broadcasting_.authorize(request, user, database_);
    });
}

HttpResponse HttpApi::authenticateUser(const HttpRequest &request, const PathParameters &) {
    return forAuth(request, [&](const User *user) {
        return broadcasting_.authenticate(request, user, database_);
    });
}

template <class Work>
HttpResponse HttpApi::forAuth(const HttpRequest &request, Work work) {
    const auto refusal = broadcasting_.refusal(request);
    return broadcasting_.finished(
        request,
        refusal ? *refusal
                : withUser(request, Identity::Purpose::Read,
                           [&](const User *user) -> Result<HttpResponse> { return work(user); }));
}

template <Identity::Purpose purpose, auto Run>
HttpResponse HttpApi::notifications(const HttpRequest &request, const PathParameters &parameters) {
    return forUser(request, purpose, 401, [&](const User &user) -> Result<HttpResponse> {
        NotificationsApi api(database_, clock_, worker_, relay_, config_.apps[0].id);
        if constexpr (std::is_invocable_v<decltype(Run), NotificationsApi, HttpRequest, User>) {
            HttpResponse response = (api.*Run)(request, user);
            if (purpose == kWrite && response.status >= 400 && response.status < 500)
                logRefusedNotice(request, user, response);
            return response;
        } else {
            return (api.*Run)(request, user, decodedParameter(parameters, "id"));
        }
    });
}

/// A phone that is refused tells nobody: its payments are missing without a trace.
void HttpApi::logRefusedNotice(const HttpRequest &request, const User &user,
                               const HttpResponse &response) {
    constexpr std::string_view kFields[] = {"device_id"};
    constexpr std::size_t kMaxShown = 64;
    const std::string device = CheckedFields(readInputFields(request, kFields))
                                   .text("device_id")
                                   .value_or("")
                                   .substr(0, kMaxShown);
    if (!limits_.isWorthALine(user.id + "\n" + device, clock_.steady()))
        return;
    const auto body = JsonDocument::parse(response.body);
    log(LogLevel::Warning, "notification refused",
        {{"user", user.id},
         {"device", device},
         {"status", response.status},
         {"address", request.clientAddress},
         {"reason", body ? body->root().find("message").asString().value_or("") : ""}});
}

template <class Work>
HttpResponse HttpApi::forUser(const HttpRequest &request, Identity::Purpose purpose, int status,
                              Work work) {
    return withUser(request, purpose, [&](const User *user) -> Result<HttpResponse> {
        return user != nullptr ? work(*user) : unauthenticated(status, request);
    });
}

template <class Work>
HttpResponse HttpApi::withUser(const HttpRequest &request, Identity::Purpose purpose, Work work) {
    const auto user = identity_.find(request, purpose, database_);
    if (!user) {
        database_.close();
        return storeIsAway(user.error(), request);
    }
    const Result<HttpResponse> response = work(*user ? &**user : nullptr);
    if (response)
        return *response;
    database_.close();
    return storeIsAway(response.error(), request);
}

} // namespace pregon
