#include "fcgi/notifications_api.h"

#include "fcgi/decimal_text.h"
#include "fcgi/form_fields.h"
#include "fcgi/laravel_paginator.h"
#include "fcgi/notification_input.h"
#include "fcgi/notification_json.h"
#include "shared/channel_rules.h"
#include "shared/hmac_signer.h"
#include "shared/json.h"
#include "shared/json_scan.h"
#include "shared/log.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kCommerceRequired =
    R"({"message":"Debes pertenecer a un negocio para recibir notificaciones. Por favor, crea un )"
    R"(negocio primero.","error":"commerce_required"})";

constexpr std::int64_t kDefaultPerPage = 50;

constexpr FieldRules kListRules[] = {
    {"per_page", "nullable|integer|min:1|max:100"},
    {"after_id", "nullable|integer|min:0"},
};

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
        break;
    }
    log(LogLevel::Error, "notification store failed", {{"reason", error.reason}});
    return answerWithMessage(500, "Server Error");
}

/// Empty unless the header names a connection: a malformed one skips nobody. The application's
/// library gives up the whole event instead; that fault is not copied.
std::string socketToSkip(const HttpRequest &request) {
    const std::string_view socketId = request.header("HTTP_X_SOCKET_ID");
    return ChannelRules::isValidSocketId(socketId) ? std::string(socketId) : "";
}

/// BadRequest: an Idempotency-Key that is none.
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

std::optional<std::int64_t> wholeField(const InputFields &fields, std::string_view name) {
    const auto found = fields.find(name);
    return found != fields.end() ? parseWhole(found->second.text) : std::nullopt;
}

std::int64_t pageOf(const InputFields &fields) {
    return std::clamp<std::int64_t>(wholeField(fields, "page").value_or(1), 1,
                                    NotificationReader::kMaxPage);
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
    publish(stored->outbox);
    return answer(201, createdAnswerJson(stored->row));
}

/// The entry is committed: what this thread cannot finish, the relay does.
void NotificationsApi::publish(const OutboxEntry &entry) {
    if (relay_.isBehind()) {
        relay_.wake();
        return;
    }
    std::vector<std::string> publishedIds;
    const auto publishOne = [&](const OutboxEntry &pending) {
        const auto published = publishEntry(worker_, pending, appId_);
        if (published)
            publishedIds.push_back(pending.id);
        return published;
    };
    if (!outbox_.drain(entry.channel, OutboxStore::Patience::UntilFree, publishOne))
        relay_.wake(publishedIds);
}

HttpResponse NotificationsApi::list(const HttpRequest &request, const User &user) {
    const InputFields fields = makeInput(parseUrlEncoded(request.query));
    if (const ValidationErrors errors = validate(fields, kListRules); !errors.empty())
        return answer(422, errors.toJson());
    const std::int64_t perPage = wholeField(fields, "per_page").value_or(kDefaultPerPage);
    if (const auto afterId = wholeField(fields, "after_id")) {
        const auto rows = reader_.after(user, *afterId, perPage);
        if (!rows)
            return answerTo(rows.error());
        JsonWriter json;
        json.beginObject().key("data").raw(listedRowsJson(*rows)).endObject();
        return answer(200, json.take());
    }
    const std::int64_t current = pageOf(fields);
    const auto listing = reader_.list(user, current, perPage);
    if (!listing)
        return answerTo(listing.error());
    const Page page{current, perPage, listing->total,
                    static_cast<std::int64_t>(listing->rows.size())};
    return answer(200, paginatedJson(page, ownUrl(request), listedRowsJson(listing->rows)));
}

} // namespace pregon
