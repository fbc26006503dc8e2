#include "fcgi/http_api.h"

#include "fcgi/form_fields.h"
#include "fcgi/notifications_api.h"
#include "fcgi/request_auth.h"
#include "shared/log.h"

#include <algorithm>

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

HttpResponse methodNotAllowed(const HttpRequest &request, std::vector<std::string> methods) {
    std::sort(methods.begin(), methods.end());
    const std::string allowed = joined(methods);
    HttpResponse response =
        isLaravelPath(request.path)
            ? messageResponse(405, "The " + request.method + " method is not supported for route " +
                                       request.path.substr(1) + ". Supported methods: " + allowed +
                                       ".")
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
    {"GET", "/broadcasting/auth", &HttpApi::authorizeChannel},
    {"POST", "/broadcasting/auth", &HttpApi::authorizeChannel},
    {"GET", "/api/broadcasting/auth", &HttpApi::authorizeChannel},
    {"POST", "/api/broadcasting/auth", &HttpApi::authorizeChannel},
    {"GET", "/api/notifications", &HttpApi::listNotifications},
    {"POST", "/api/notifications", &HttpApi::createNotification},
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

std::optional<std::map<std::string, std::string, std::less<>>>
matchPath(std::string_view pattern, std::string_view path) {
    std::map<std::string, std::string, std::less<>> parameters;
    for (;;) {
        const std::string_view wanted = pattern.substr(0, std::min(pattern.find('/'), pattern.size()));
        const std::string_view found = path.substr(0, std::min(path.find('/'), path.size()));
        if (wanted.starts_with(':') && !found.empty())
            parameters[std::string(wanted.substr(1))] = found;
        else if (wanted != found)
            return std::nullopt;
        pattern.remove_prefix(wanted.size());
        path.remove_prefix(found.size());
        if (pattern.empty() || path.empty())
            return pattern.empty() && path.empty() ? std::optional(parameters) : std::nullopt;
        pattern.remove_prefix(1);
        path.remove_prefix(1);
    }
}

HttpApi::HttpApi(const AppConfig &config, const ChannelAuthorizer &authorizer, const Clock &clock,
                 OutboxRelay &relay)
    : config_(config), authorizer_(authorizer), clock_(clock), relay_(relay),
      worker_(config.ipcSocket, std::chrono::milliseconds(config.workerTimeoutMs)) {}

HttpResponse HttpApi::handle(const HttpRequest &request) {
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    std::vector<std::string> allowed;
    PathParameters known;
    for (const Route &route : kRoutes) {
        const auto parameters = matchPath(route.pattern, request.path);
        if (!parameters)
            continue;
        if (method == route.method)
            return (this->*route.run)(request, *parameters);
        known = *parameters;
        allowed.emplace_back(route.method);
        if (allowed.back() == "GET")
            allowed.emplace_back("HEAD");
    }
    if (const auto unknown = unknownApplication(known))
        return errorResponse(*unknown, request);
    if (!allowed.empty())
        return methodNotAllowed(request, allowed);
    return isLaravelPath(request.path) ? messageResponse(404, "Not Found")
                                       : textResponse(404, "Not found.");
}

HttpResponse HttpApi::up(const HttpRequest &, const PathParameters &) {
    if (worker_.status())
        return {200, "application/json", R"({"health":"OK"})", {}};
    return {503, "application/json", R"({"health":"ERROR"})", {{"Retry-After", kRetrySeconds}}};
}

/// The error if the path names an application that is not configured.
std::optional<Error> HttpApi::unknownApplication(const PathParameters &parameters) const {
    const auto found = parameters.find("app");
    if (found == parameters.end())
        return std::nullopt;
    const std::string id = percentDecode(found->second, PlusSign::IsPlus);
    if (id == config_.apps[0].id)
        return std::nullopt;
    return Error{Errc::NotFound, "No matching application for ID [" + id + "]."};
}

HttpResponse HttpApi::triggerEvent(const HttpRequest &request, const PathParameters &parameters) {
    if (const auto unknown = unknownApplication(parameters))
        return errorResponse(*unknown, request);
    const App &app = config_.apps[0];
    const auto verified =
        verifySignedRequest(request, app, clock_, config_.authTimestampWindowSeconds);
    if (!verified)
        return errorResponse(verified.error(), request);
    EventsApi events(worker_, static_cast<std::size_t>(config_.maxEventSize));
    const auto done = events.trigger(request, app);
    if (!done)
        return errorResponse(done.error(), request);
    return {200, "application/json", "{}", {}};
}

HttpResponse HttpApi::authorizeChannel(const HttpRequest &request, const PathParameters &) {
    // Under /api stands the documented Sanctum form, whose middleware answers 401.
    const bool isApi = request.path.starts_with("/api/");
    const int unauthenticated = isApi ? 401 : static_cast<int>(config_.unauthenticatedStatus);
    HttpResponse response =
        forUser(request, unauthenticated, [&](const User &user) -> Result<HttpResponse> {
            return BroadcastingApi(authorizer_, config_.apps[0])
                .authorize(request, user, *database_);
        });
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

HttpResponse HttpApi::createNotification(const HttpRequest &request, const PathParameters &) {
    return forUser(request, 401, [&](const User &user) -> Result<HttpResponse> {
        return NotificationsApi(*database_, clock_, worker_, relay_, config_.apps[0].id)
            .create(request, user);
    });
}

HttpResponse HttpApi::listNotifications(const HttpRequest &request, const PathParameters &) {
    return forUser(request, 401, [&](const User &user) -> Result<HttpResponse> {
        return NotificationsApi(*database_, clock_, worker_, relay_, config_.apps[0].id)
            .list(request, user);
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
        auto opened = Database::open(config_.database);
        if (!opened)
            return tl::unexpected<Error>(opened.error());
        database_.emplace(std::move(*opened));
    }
    return &*database_;
}

} // namespace pregon
