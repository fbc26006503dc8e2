#include "fcgi/notification_store.h"

#include "fcgi/date_text.h"
#include "fcgi/decimal_text.h"
#include "fcgi/notification_json.h"
#include "fcgi/notification_rows.h"
#include "fcgi/outbox_store.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kEvent = "notification.created";
constexpr std::string_view kChannelPrefix = "private-commerce.";

/// A copy is looked for among what was received from this long before it on. With a phone's offset
/// dropped, posted_at and received_at of one notice may be 26 hours apart.
constexpr std::int64_t kCopySearchSeconds = 2 * 86400;
constexpr std::int64_t kCopyWindowSeconds = 5;

std::int64_t secondsOf(const std::optional<std::string> &time, std::int64_t otherwise) {
    return time ? parseWallClock(*time).value_or(otherwise) : otherwise;
}

} // namespace

/// One call of `create`: one point in time for everything it writes.
struct NotificationStore::Posting {
    const User &user;
    const NotificationInput &input;
    std::int64_t time;
    std::string now;
};

struct NotificationStore::Device {
    std::string id;
    std::string commerceId;
};

Result<StoredNotification> NotificationStore::create(const User &user,
                                                     const NotificationInput &input,
                                                     const std::string &exceptSocketId) {
    return database_.transaction<StoredNotification>([&]() -> Result<StoredNotification> {
        const std::int64_t time = clock_.unixSeconds();
        const Posting posting{user, input, time, formatSqlTime(time)};
        const auto row = storeNotification(posting);
        if (!row)
            return tl::unexpected<Error>(row.error());
        OutboxEntry entry;
        entry.channel = std::string(kChannelPrefix) + row->notification.text("commerce_id");
        entry.event = kEvent;
        entry.data = broadcastDataJson(*row);
        entry.exceptSocketId = exceptSocketId;
        entry.createdAt = posting.now;
        const auto id = OutboxStore(database_).add(entry);
        if (!id)
            return tl::unexpected<Error>(id.error());
        entry.id = *id;
        return StoredNotification{*row, entry};
    });
}

Result<NotificationRow> NotificationStore::storeNotification(const Posting &posting) {
    const auto device = findDevice(posting);
    if (!device)
        return tl::unexpected<Error>(device.error());
    if (const auto touched = touchDevice(posting, *device); !touched)
        return tl::unexpected<Error>(touched.error());
    const auto instanceId = findOrCreateInstance(posting, *device);
    if (!instanceId)
        return tl::unexpected<Error>(instanceId.error());
    const auto isCopy = hasCopy(posting, *device);
    if (!isCopy)
        return tl::unexpected<Error>(isCopy.error());
    const auto id = insert(posting, *device, *instanceId, *isCopy ? "1" : "0");
    if (!id)
        return tl::unexpected<Error>(id.error());
    const auto rows = selectNotifications(database_, "n.id = :id", {*id});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return failure(Errc::Internal, "the notification just stored is not there");
    return rows->front();
}

Result<NotificationStore::Device> NotificationStore::findDevice(const Posting &posting) {
    const auto rows = database_.query("SELECT id, commerce_id, is_active FROM devices "
                                      "WHERE uuid = :uuid AND user_id = :user",
                                      3, {posting.input.deviceUuid, posting.user.id});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return failure(Errc::NotFound, "Device not found");
    const SqlRow &row = rows->front();
    if (!isTrue(row[2]))
        return failure(Errc::Forbidden, "Device is not active");
    const SqlValue commerceId = row[1] ? row[1] : posting.user.column("commerce_id");
    if (!commerceId)
        return failure(Errc::BadRequest, "neither the device nor its user has a commerce");
    return Device{row[0].value_or(""), *commerceId};
}

Result<Done> NotificationStore::touchDevice(const Posting &posting, const Device &device) {
    return database_.execute("UPDATE devices SET commerce_id = :commerce, last_seen_at = :seen, "
                             "updated_at = :updated WHERE id = :id",
                             {device.commerceId, posting.now, posting.now, device.id});
}

Result<SqlValue> NotificationStore::findOrCreateInstance(const Posting &posting,
                                                         const Device &device) {
    const NotificationInput &input = posting.input;
    if (!input.packageName || !input.androidUserId)
        return SqlValue{};
    const auto found = database_.query("SELECT id FROM app_instances WHERE device_id = :device AND "
                                       "package_name = :package AND android_user_id = :android",
                                       1, {device.id, input.packageName, input.androidUserId});
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!found->empty())
        return found->front()[0];
    const auto made = database_.query(
        "INSERT INTO app_instances (commerce_id, device_id, package_name, android_user_id, "
        "created_at, updated_at) VALUES (:commerce, :device, :package, :android, :created, "
        ":updated) RETURNING id",
        1,
        {device.commerceId, device.id, input.packageName, input.androidUserId, posting.now,
         posting.now});
    if (!made)
        return tl::unexpected<Error>(made.error());
    return made->front()[0];
}

/// As the application decides it: same device and text, at the same time give or take five seconds,
/// from the same app. The lower bound of received_at is ours: with it an index ends the search.
Result<bool> NotificationStore::hasCopy(const Posting &posting, const Device &device) {
    const NotificationInput &input = posting.input;
    const std::int64_t received = secondsOf(input.receivedAt, posting.time);
    const std::int64_t time = secondsOf(input.postedAt, received);
    const std::int64_t earliest = std::min({time, received, posting.time}) - kCopySearchSeconds;
    const std::string from = formatSqlTime(time - kCopyWindowSeconds);
    const std::string to = formatSqlTime(time + kCopyWindowSeconds);
    std::string sql = "SELECT id FROM notifications WHERE device_id = :device AND body = :body AND "
                      "received_at >= :earliest AND (posted_at BETWEEN :from1 AND :to1 OR "
                      "received_at BETWEEN :from2 AND :to2) AND ";
    std::vector<SqlParameter> parameters = {
        device.id, input.body, formatSqlTime(earliest), from, to, from, to};
    if (input.packageName && input.androidUserId) {
        sql += "package_name = :package AND android_user_id = :android LIMIT 1";
        parameters.insert(parameters.end(), {input.packageName, input.androidUserId});
    } else {
        sql += "source_app = :app LIMIT 1";
        parameters.emplace_back(input.sourceApp);
    }
    const auto rows = database_.query(sql, 1, parameters);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return !rows->empty();
}

Result<std::string> NotificationStore::insert(const Posting &posting, const Device &device,
                                              const SqlValue &instanceId,
                                              const std::string &isDuplicate) {
    const NotificationInput &input = posting.input;
    const auto rows = database_.query(
        "INSERT INTO notifications (user_id, commerce_id, device_id, source_app, package_name, "
        "android_user_id, android_uid, app_instance_id, title, body, amount, currency, payer_name, "
        "posted_at, received_at, raw_json, status, is_duplicate, created_at, updated_at) VALUES "
        "(:user, :commerce, :device, :app, :package, :android, :uid, :instance, :title, :body, "
        ":amount, :currency, :payer, :posted, :received, :raw, :status, :duplicate, :created, "
        ":updated) RETURNING id",
        1,
        {posting.user.id,
         device.commerceId,
         device.id,
         input.sourceApp,
         input.packageName,
         input.androidUserId,
         input.androidUid,
         instanceId,
         input.title,
         input.body,
         input.amount,
         input.currency.value_or("PEN"),
         input.payerName,
         input.postedAt,
         input.receivedAt.value_or(posting.now),
         input.rawJson,
         input.status.value_or("pending"),
         isDuplicate,
         posting.now,
         posting.now});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->front()[0].value_or("");
}

Result<NotificationStore::Listing> NotificationStore::list(const User &user, std::int64_t page,
                                                           std::int64_t perPage) {
    std::string condition = "n.user_id = :user";
    std::vector<SqlParameter> parameters = {user.id};
    if (const SqlValue commerceId = user.column("commerce_id")) {
        condition += " AND n.commerce_id = :commerce";
        parameters.push_back(commerceId);
    }
    const auto count =
        database_.query("SELECT count(*) FROM notifications n WHERE " + condition, 1, parameters);
    if (!count)
        return tl::unexpected<Error>(count.error());
    parameters.emplace_back(std::to_string(perPage));
    parameters.emplace_back(std::to_string((std::min(page, kMaxPage) - 1) * perPage));
    auto rows = selectNotifications(
        database_,
        condition + " ORDER BY n.received_at DESC, n.id DESC LIMIT :limit OFFSET "
                    ":offset",
        parameters);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return Listing{std::move(*rows), parseWhole(count->front()[0].value_or("")).value_or(0)};
}

Result<std::vector<NotificationRow>> NotificationStore::after(const User &user,
                                                              std::int64_t afterId,
                                                              std::int64_t limit) {
    const SqlValue commerceId = user.column("commerce_id");
    if (!commerceId)
        return std::vector<NotificationRow>{};
    // The bare `+` keeps SQLite from walking through the shop's whole history by its index.
    return selectNotifications(database_,
                               "+n.commerce_id = CAST(:commerce AS integer) AND n.id > :after "
                               "ORDER BY n.id LIMIT :limit",
                               {commerceId, std::to_string(afterId), std::to_string(limit)});
}

} // namespace pregon
