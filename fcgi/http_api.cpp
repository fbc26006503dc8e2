#include "fcgi/http_api.h"

#include "fcgi/notifications_api.h"
#include "fcgi/request_auth.h"
#include "shared/log.h"

#include <algorithm>
#include <type_traits>

namespace pregon {
namespace {

constexpr const char *kRetrySeconds = "1";

HttpResponse textResponse(int status, std::string sentence) {
    return {status, "text/plain; charset=utf-8", std::move(sentence), {}};
}

/// Of the event API: one sentence, which clients show as it is (spec pusher-http-api §5.2).
HttpResponse errorResponse(const Error &error, const HttpRequest &request) {
    const int status = httpStatusFor(error.code);
    log(status >= 500 ? LogLevel::Warning : LogLevel::Info, "api refused",
        {{"path", request.path},
         {"status", status},
         {"address", request.clientAddress},
         {"reason", error.reason}});
    if (status != 503)
        return textResponse(status, error.reason);
    HttpResponse response = textResponse(503, "The worker is not available.");
    response.headers.emplace_back("Retry-After", kRetrySeconds);
    return response;
}

HttpResponse storeIsAway(const Error &error, const HttpRequest &request) {
    log(LogLevel::Warning, "store away", {{"path", request.path}, {"reason", error.reason}});
    HttpResponse response = messageResponse(503, "Service Unavailable");
    response.headers.emplace_back("Retry-After", kRetrySeconds);
    return response;
}

/// Laravel's routes answer in JSON, the event API in text, as their clients expect it.
bool isLaravelPath(std::string_view path) {
    return path.starts_with("/api/") || path.starts_with("/broadcasting/");
}

std::string joined(const std::vector<std::string> &methods) {
    std::string text;
    for (const std::string &method : methods)
        text += (text.empty() ? "" : ", ") + method;
    return text;
}

HttpResponse methodNotAllowed(const HttpRequest &request, std::string_view path,
                              std::vector<std::string> methods) {
    std::sort(methods.begin(), methods.end());
    const std::string allowed = joined(methods);
    HttpResponse response =
        isLaravelPath(path)
            ? messageResponse(405, "The " + request.method + " method is not supported for route " +
                                       std::string(path.substr(1)) +
                                       ". Supported methods: " + allowed + ".")
            : textResponse(405, "Method not allowed.");
    response.headers.emplace_back("Allow", allowed);
    return response;
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
    {"GET", "/apps/:app/connections", &HttpApi::countConnections},
    {"GET", "/broadcasting/auth", &HttpApi::authorizeChannel},
    {"POST", "/broadcasting/auth", &HttpApi::authorizeChannel},
    {"GET", "/api/broadcasting/auth", &HttpApi::authorizeChannel},
    {"POST", "/api/broadcasting/auth", &HttpApi::authorizeChannel},
    {"GET", "/api/notifications", &HttpApi::notifications<&NotificationsApi::list>},
    {"POST", "/api/notifications", &HttpApi::notifications<&NotificationsApi::create>},
    {"GET", "/api/notifications/:id", &HttpApi::notifications<&NotificationsApi::show>},
    {"PATCH", "/api/notifications/:id/status",
     &HttpApi::notifications<&NotificationsApi::setStatus>},
};

int httpStatusFor(Errc code) {
    switch (code) {
    case Errc::BadRequest:
        return 400;
    case Errc::Unauthorized:
        return 401;
    case Errc::Forbidden:
        return 403;
    case Errc::NotFound:
        return 404;
    case Errc::TooLarge:
        return 413;
    case Errc::Unavailable:
        return 503;
    case Errc::Internal:
        return 500;
    }
    return 500;
}

HttpApi::HttpApi(const AppConfig &config, const ChannelAuthorizer &authorizer, const Clock &clock,
                 OutboxRelay &relay)
    : config_(config), authorizer_(authorizer), clock_(clock), relay_(relay),
      worker_(config.ipcSocket, std::chrono::milliseconds(config.workerTimeoutMs)),
      events_(worker_, EventParser(static_cast<std::size_t>(config.maxEventSize),
                                   static_cast<std::size_t>(config.maxBatchSize))),
      channels_(worker_), users_(worker_) {}

HttpResponse HttpApi::handle(const HttpRequest &request) {
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

HttpResponse HttpApi::up(const HttpRequest &, const PathParameters &) {
    if (worker_.status())
        return {200, "application/json", R"({"health":"OK"})", {}};
    return {503, "application/json", R"({"health":"ERROR"})", {{"Retry-After", kRetrySeconds}}};
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

HttpResponse HttpApi::countConnections(const HttpRequest &request,
                                       const PathParameters &parameters) {
    return forApplication(request, parameters,
                          [&](const App &app) { return channels_.connections(app); });
}

HttpResponse HttpApi::authorizeChannel(const HttpRequest &request, const PathParameters &) {
    // Under /api stands the documented Sanctum form, whose middleware answers 401.
    const bool isApi = withoutPathPrefix(request.path, config_.serverPath).starts_with("/api/");
    const int unauthenticated = isApi ? 401 : static_cast<int>(config_.unauthenticatedStatus);
    HttpResponse response =
        forUser(request, unauthenticated, [&](const User &user) -> Result<HttpResponse> {
            return BroadcastingApi(authorizer_, config_.apps[0])
                .authorize(request, user, *database_);
        });
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

template <auto Run>
HttpResponse HttpApi::notifications(const HttpRequest &request, const PathParameters &parameters) {
    return forUser(request, 401, [&](const User &user) -> Result<HttpResponse> {
        NotificationsApi api(*database_, clock_, worker_, relay_, config_.apps[0].id);
        if constexpr (std::is_invocable_v<decltype(Run), NotificationsApi, HttpRequest, User>)
            return (api.*Run)(request, user);
        else
            return (api.*Run)(request, user, decodedParameter(parameters, "id"));
    });
}

template <class Work>
HttpResponse HttpApi::forUser(const HttpRequest &request, int unauthenticated, Work work) {
    const auto database = store();
    if (!database)
        return storeIsAway(database.error(), request);
    TokenStore tokens(**database, clock_, config_.userType);
    const auto user = tokens.find(bearerToken(request.header("HTTP_AUTHORIZATION")));
    if (!user) {
        database_.reset();
        return storeIsAway(user.error(), request);
    }
    if (!*user) {
        log(LogLevel::Info, "token refused",
            {{"path", request.path}, {"address", request.clientAddress}});
        return messageResponse(unauthenticated, "Unauthenticated.");
    }
    const Result<HttpResponse> response = work(**user);
    if (response)
        return *response;
    database_.reset();
    return storeIsAway(response.error(), request);
}

Result<Database *> HttpApi::store() {
    if (!database_) {
        auto opened = Database::open(databaseSettings(config_));
        if (!opened)
            return tl::unexpected<Error>(opened.error());
        database_.emplace(std::move(*opened));
    }
    return &*database_;
}

} // namespace pregon
