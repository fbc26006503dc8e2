// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notifications_api.h"

#include "fcgi/notifications/decimal_text.h"
#include "fcgi/notifications/laravel_paginator.h"
#include "fcgi/notifications/notification_input.h"
#include "fcgi/notifications/notification_json.h"
#include "fcgi/notifications/notification_query.h"
#include "fcgi/notifications/notification_statistics.h"
#include "shared/json/json.h"
#include "shared/json/json_scan.h"
#include "shared/log/log.h"
#include "shared/protocol/channel_rules.h"
#include "shared/protocol/hmac_signer.h"

namespace pregon {
namespace {

constexpr std::string_view kCommerceRequired =
    R"({"message":"Debes pertenecer a un negocio para recibir notificaciones. Por favor, crea un )"
    R"(negocio primero.","error":"commerce_required"})";

constexpr FieldRules kStatusRules[] = {
    {"status", "required|in:pending,validated,inconsistent"},
};
constexpr std::string_view kStatusFields[] = {"status"};

HttpResponse answer(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    response.headers = {{"Cache-Control", "no-cache, private"}};
    return response;
}

HttpResponse answerWithMessage(int status, std::string_view message) {
    JsonWriter json;
    json.beginObject().key("message").string(message).endObject();
    return answer(status, json.take());
}

HttpResponse answerTo(const Error &error) {
    switch (error.code) {
    case Errc::NotFound:
        return answerWithMessage(404, error.reason);
    case Errc::Forbidden:
        return answerWithMessage(403, error.reason);
    case Errc::Unavailable: {
        log(LogLevel::Warning, "notification store unavailable", {{"reason", error.reason}});
        HttpResponse response = answerWithMessage(503, "Service Unavailable");
        response.headers.emplace_back("Retry-After", "1");
        return response;
    }
    case Errc::BadRequest: // a value that passed our checks and does not fit its column
        log(LogLevel::Warning, "notification refused by the store", {{"reason", error.reason}});
        return answerWithMessage(422, "A value does not fit the application's database.");
    case Errc::Unauthorized:
    case Errc::TooLarge:
    case Errc::Internal:
    case Errc::Degraded:
        break;
    }
    log(LogLevel::Error, "notification store failed", {{"reason", error.reason}});
    return answerWithMessage(500, "Server Error");
}

/// Empty unless the header names a connection: a malformed one excludes no connection. The
/// application's library gives up the whole event instead; that fault is not copied.
std::string socketToSkip(const HttpRequest &request) {
    const std::string_view socketId = request.header("HTTP_X_SOCKET_ID");
    return ChannelRules::isValidSocketId(socketId) ? std::string(socketId) : "";
}

/// BadRequest: the Idempotency-Key is not valid.
Result<PostContext> contextOf(const HttpRequest &request, const User &user) {
    constexpr std::size_t kMaxKey = 255;
    PostContext context;
    context.exceptSocketId = socketToSkip(request);
    const std::string_view key = request.header("HTTP_IDEMPOTENCY_KEY");
    if (key.empty())
        return context;
    if (key.size() > kMaxKey)
        return failure(Errc::BadRequest, "The Idempotency-Key is longer than 255 characters.");
    context.idempotencyKey = sha256Hex(user.id + "\n" + std::string(key));
    context.requestHash = sha256Hex(request.body);
    return context;
}

/// Where the client reached this list. Without a usable Host header: the path alone.
std::string ownUrl(const HttpRequest &request) {
    const std::string host(request.header("HTTP_HOST"));
    if (host.empty() || !isValidUtf8(host))
        return request.path;
    return request.scheme + "://" + host + request.path;
}

/// nullopt: `id` names no row.
std::optional<std::int64_t> rowId(std::string_view id) {
    const bool isPlain = id.find_first_not_of("0123456789") == std::string_view::npos;
    return isPlain ? parseWhole(id) : std::nullopt;
}

HttpResponse noSuchNotification(const std::string &id) {
    constexpr const char *kMessage = "No query results for model [App\\Models\\Notification]";
    return answerWithMessage(404, isValidUtf8(id) ? kMessage + (" " + id) : kMessage);
}

void logStored(const TableRow &notification) {
    log(LogLevel::Info, "notification stored",
        {{"id", notification.text("id")},
         {"commerce", notification.text("commerce_id")},
         {"duplicate", isTrue(notification.column("is_duplicate")) ? "yes" : "no"}});
}

} // namespace

HttpResponse NotificationsApi::create(const HttpRequest &request, const User &user) {
    const auto input = readNotificationInput(request);
    if (!input)
        return answer(422, input.error().toJson());
    if (!user.column("commerce_id"))
        return answer(403, std::string(kCommerceRequired));
    const auto context = contextOf(request, user);
    if (!context)
        return answerWithMessage(400, context.error().reason);
    const auto stored = store_.create(user, *input, *context);
    if (!stored)
        return answerTo(stored.error());
    switch (stored->outcome) {
    case StoredNotification::Outcome::KeyReused:
        return answerWithMessage(422, "The Idempotency-Key belongs to another request.");
    case StoredNotification::Outcome::Repeated: {
        HttpResponse response = answer(201, createdAnswerJson(stored->row));
        response.headers.emplace_back("Idempotent-Replayed", "true");
        return response;
    }
    case StoredNotification::Outcome::Stored:
        break;
    }
    logStored(stored->row.notification);
    publish(stored->outbox, request.until);
    return answer(201, createdAnswerJson(stored->row));
}

/// The entry is committed: what this thread cannot finish, the relay does.
void NotificationsApi::publish(const OutboxEntry &entry, OutboxStore::Time until) {
    if (relay_.isBehind()) {
        relay_.wake();
        return;
    }
    std::vector<std::string> publishedIds;
    const auto publishOne = [&](const OutboxEntry &pending) -> Result<Done> {
        if (relay_.isBehind()) // since we began to wait for our turn
            return failure(Errc::Unavailable, "left to the relay");
        const auto published = publishEntry(worker_, pending, appId_);
        if (published)
            publishedIds.push_back(pending.id);
        else
            relay_.wake(); // before the lock is released: the next thread need not ask as well
        return published;
    };
    OutboxStore outbox(database_, until);
    if (!outbox.drain(entry.channel, OutboxStore::Patience::UntilFree, publishOne))
        relay_.wake(publishedIds);
}

HttpResponse NotificationsApi::list(const HttpRequest &request, const User &user) {
    const auto asked = readNotificationQuery(request.query);
    if (!asked)
        return answer(422, asked.error().toJson());
    if (asked->afterId) {
        const auto rows = reader_.after(user, asked->filter, *asked->afterId, asked->perPage);
        if (!rows)
            return answerTo(rows.error());
        JsonWriter json;
        json.beginObject().key("data").raw(listedRowsJson(*rows)).endObject();
        return answer(200, json.take());
    }
    const auto listing = reader_.list(user, *asked);
    if (!listing)
        return answerTo(listing.error());
    const Page page{asked->page, asked->perPage, listing->total,
                    static_cast<std::int64_t>(listing->rows.size())};
    return answer(200, paginatedJson(page, ownUrl(request), listedRowsJson(listing->rows)));
}

HttpResponse NotificationsApi::statistics(const HttpRequest &request, const User &user) {
    const auto period = readStatisticsPeriod(request.query);
    if (!period)
        return answer(422, period.error().toJson());
    const auto statistics = readStatistics(database_, user, *period);
    return statistics ? answer(200, statistics->toJson()) : answerTo(statistics.error());
}

HttpResponse NotificationsApi::show(const HttpRequest &, const User &user, const std::string &id) {
    const auto number = rowId(id);
    if (!number)
        return noSuchNotification(id);
    const auto row = reader_.find(user, *number);
    if (!row)
        return answerTo(row.error());
    return *row ? answer(200, shownAnswerJson(**row)) : noSuchNotification(id);
}

HttpResponse NotificationsApi::setStatus(const HttpRequest &request, const User &user,
                                         const std::string &id) {
    const InputFields input = readInputFields(request, kStatusFields);
    if (const ValidationErrors errors = validate(input, kStatusRules); !errors.empty())
        return answer(422, errors.toJson());
    const auto number = rowId(id);
    if (!number)
        return noSuchNotification(id);
    const std::string status = CheckedFields(input).text("status").value_or("");
    const auto row = store_.setStatus(user, *number, status);
    if (!row)
        return answerTo(row.error());
    if (!*row)
        return noSuchNotification(id);
    log(LogLevel::Info, "notification status set", {{"id", id}, {"status", status}});
    return answer(200, statusAnswerJson(**row));
}

} // namespace pregon
