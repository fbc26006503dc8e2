// SPDX-License-Identifier: MIT
#include "fcgi/auth/broadcasting_api.h"

#include "fcgi/http/error_responses.h"
#include "fcgi/http/jsonp.h"
#include "fcgi/http/path_pattern.h"
#include "shared/json/json.h"
#include "shared/json/json_scan.h"
#include "shared/log/log.h"
#include "shared/protocol/channel_rules.h"

namespace pregon {
namespace {

constexpr std::size_t kMaxBody = 16384; // spec broadcasting-auth §6

HttpResponse refuse(const HttpRequest &request, const User *user, std::string_view channel,
                    int status, std::string_view message, std::string_view reason) {
    log(status >= 500 ? LogLevel::Error : LogLevel::Info, "auth refused",
        {{"path", request.path},
         {"address", request.clientAddress},
         {"user", user != nullptr ? user->id : ""},
         {"channel", channel.substr(0, ChannelRules::kMaxChannelName)},
         {"status", status},
         {"reason", reason}});
    return messageResponse(status, message);
}

HttpResponse refuse(const HttpRequest &request, int status, std::string_view message) {
    return refuse(request, nullptr, "", status, message, message);
}

/// One of a batch, as a request of its own; what else the page sent stays with it.
HttpRequest singleRequest(const HttpRequest &request, const AuthFields &asked,
                          const std::string &channel) {
    HttpRequest single = request;
    FormFields fields = asked.others;
    fields["socket_id"] = asked.socketId;
    fields["channel_name"] = channel;
    single.method = "POST";
    single.query.clear();
    single.contentType = "application/x-www-form-urlencoded";
    single.body = toUrlEncoded(fields);
    return single;
}

/// One channel's member of a batch's answer: its status, and its body if that is JSON.
void writeEntry(JsonWriter &json, const std::string &channel, const HttpResponse &answer) {
    const bool isJson = validateJson(answer.body).has_value();
    const int status = answer.status == 200 && !isJson ? 502 : answer.status;
    json.key(channel).beginObject().key("status").number(status);
    if (isJson)
        json.key("data").raw(answer.body);
    json.endObject();
}

} // namespace

BroadcastingApi::BroadcastingApi(const AppConfig &config, const ChannelAuthorizer &authorizer,
                                 const Clock &clock, AuthLimits &limits)
    : config_(config), authorizer_(authorizer), clock_(clock), limits_(limits),
      signer_(config.apps[0], config.encryptionMasterKey), fallback_(config, limits) {}

std::optional<HttpResponse> BroadcastingApi::refusal(const HttpRequest &request) {
    if (request.body.size() > kMaxBody)
        return refuse(request, 413, "Request body too large.");
    if (config_.authRatePerMinute > 0)
        if (const std::int64_t seconds = limits_.secondsToWait(
                request.clientAddress, clock_.steady(), config_.authRatePerMinute)) {
            HttpResponse response = refuse(request, 429, "Too Many Attempts.");
            response.headers.emplace_back("Retry-After", std::to_string(seconds));
            return response;
        }
    const UrlFields query = config_.authJsonp ? parseUrlEncoded(request.query) : UrlFields{};
    const auto callback = query.find("callback");
    if (callback != query.end() && !isJsonpCallback(callback->second))
        return refuse(request, 400, "Invalid callback");
    return std::nullopt;
}

HttpResponse BroadcastingApi::finished(const HttpRequest &request, HttpResponse response) const {
    response.headers.emplace_back("Cache-Control", "no-store");
    if (!config_.authJsonp || request.method != "GET")
        return response;
    const UrlFields query = parseUrlEncoded(request.query);
    const auto callback = query.find("callback");
    if (callback == query.end() || !isJsonpCallback(callback->second))
        return response;
    return asJsonp(std::move(response), callback->second);
}

HttpResponse BroadcastingApi::refuseUnknown(const HttpRequest &request) const {
    const bool isApi = withoutPathPrefix(request.path, config_.serverPath).starts_with("/api/");
    return unauthenticated(isApi ? 401 : static_cast<int>(config_.unauthenticatedStatus), request);
}

HttpResponse BroadcastingApi::authorize(const HttpRequest &request, const User *user,
                                        Database &database) {
    if (user == nullptr && !fallback_.isConfigured())
        return refuseUnknown(request);
    auto fields = readFormFields(request);
    if (!fields)
        return refuse(request, 400, "Invalid request body.");
    const AuthFields asked = authFieldsOf(std::move(*fields));
    Question question{request, user, database, asked.socketId,
                      [&](const std::string &) { return fallback_.forward(request); }};
    return asked.isBatch ? authorizeAll(std::move(question), asked)
                         : authorizeOne(question, asked.channels.front());
}

HttpResponse BroadcastingApi::authorizeAll(Question question, const AuthFields &asked) {
    if (asked.channels.size() > static_cast<std::size_t>(config_.authBatchMax))
        return refuse(question.request, 413, "Too many channels.");
    if (!ChannelRules::isValidSocketId(asked.socketId))
        return refuse(question.request, 400, "Invalid socket_id");
    bool isAway = false;
    question.askApplication = [&](const std::string &channel) {
        if (isAway || std::chrono::steady_clock::now() > question.request.until)
            return unavailableResponse();
        HttpResponse answer = fallback_.forward(singleRequest(question.request, asked, channel));
        isAway = answer.status == 503; // so that many channels do not wait for it one by one
        return answer;
    };
    HttpResponse response;
    JsonWriter json;
    json.beginObject();
    for (const std::string &channel : asked.channels) {
        const HttpResponse answer = authorizeOne(question, channel);
        writeEntry(json, channel, answer);
        for (const auto &header : answer.headers)
            if (header.first == "Set-Cookie")
                response.headers.push_back(header);
    }
    json.endObject();
    response.body = json.take();
    return response;
}

HttpResponse BroadcastingApi::authorizeOne(Question &question, const std::string &channel) {
    const auto refused = [&](int status, std::string_view message, std::string_view reason) {
        return refuse(question.request, question.user, channel, status, message, reason);
    };
    if (channel.empty())
        return refused(403, "Forbidden.", "no channel_name");
    if (!ChannelRules::isValidName(channel))
        return refused(400, "Invalid channel name", "Invalid channel name");
    if (!ChannelRules::isValidSocketId(question.socketId))
        return refused(400, "Invalid socket_id", "Invalid socket_id");
    if (!ChannelRules::needsAuth(channel))
        return refused(403, "Forbidden.", "a public channel needs no signature");
    return question.user != nullptr ? decide(question, channel) : question.askApplication(channel);
}

HttpResponse BroadcastingApi::decide(Question &question, const std::string &channel) {
    const auto decision = authorizer_.authorize(*question.user, channel, question.database);
    if (!decision)
        return storeFailed(question, decision.error());
    switch (decision->kind) {
    case ChannelDecision::Kind::Allowed:
        return sign(question, channel, *decision->rule);
    case ChannelDecision::Kind::Undecided:
        if (fallback_.isConfigured())
            return question.askApplication(channel);
        [[fallthrough]];
    case ChannelDecision::Kind::Refused:
        break;
    }
    return refuse(question.request, question.user, channel, 403, "Forbidden.", decision->reason);
}

/// One line in the log, and one waiting, is enough for a whole batch.
HttpResponse BroadcastingApi::storeFailed(Question &question, const Error &error) {
    if (question.isStoreAway)
        return unavailableResponse();
    question.database.close();
    // SQLite lets readers never wait, and calls a rule that is wrong unavailable too.
    if (error.code == Errc::Unavailable && question.database.kind() != DatabaseKind::Sqlite) {
        question.isStoreAway = true;
        question.database.answerBy(std::chrono::steady_clock::now());
    }
    return storeIsAway(error, question.request);
}

HttpResponse BroadcastingApi::sign(const Question &question, const std::string &channel,
                                   const ChannelRule &rule) const {
    const auto body = signer_.channel(question.socketId, channel, *question.user, rule);
    if (body)
        return {200, "application/json", *body, {}};
    const bool isForbidden = body.error().code == Errc::Forbidden;
    return refuse(question.request, question.user, channel, httpStatusFor(body.error().code),
                  isForbidden ? "Forbidden." : body.error().reason, body.error().reason);
}

HttpResponse BroadcastingApi::authenticate(const HttpRequest &request, const User *user,
                                           Database &database) {
    const SignInRule *rule = authorizer_.signIn();
    if (rule == nullptr && !fallback_.isConfigured()) {
        const std::string_view path = withoutPathPrefix(request.path, config_.serverPath);
        return refuse(request, nullptr, "", 404,
                      "The route " + std::string(path.substr(1)) + " could not be found.",
                      "channels.json has no user");
    }
    if (user == nullptr && !fallback_.isConfigured())
        return refuseUnknown(request);
    const auto fields = readFormFields(request);
    if (!fields)
        return refuse(request, 400, "Invalid request body.");
    Question question{request, user, database, authFieldsOf(*fields).socketId, {}};
    if (!ChannelRules::isValidSocketId(question.socketId))
        return refuse(request, 400, "Invalid socket_id");
    return user != nullptr && rule != nullptr ? signUser(question, *rule)
                                              : fallback_.forward(request);
}

HttpResponse BroadcastingApi::signUser(const Question &question, const SignInRule &rule) const {
    const auto watchlist = authorizer_.watchlist(*question.user, question.database);
    if (!watchlist) {
        question.database.close();
        return storeIsAway(watchlist.error(), question.request);
    }
    const auto body = signer_.user(question.socketId, *question.user, rule, *watchlist);
    if (body)
        return {200, "application/json", *body, {}};
    return refuse(question.request, question.user, "", httpStatusFor(body.error().code),
                  "Forbidden.", body.error().reason);
}

} // namespace pregon
