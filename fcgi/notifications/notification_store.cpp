// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_store.h"

#include "fcgi/notifications/date_text.h"
#include "fcgi/notifications/decimal_text.h"
#include "fcgi/notifications/fitted_input.h"
#include "fcgi/notifications/notification_json.h"
#include "fcgi/notifications/notification_reader.h"
#include "fcgi/notifications/notification_rows.h"
#include "fcgi/notifications/outbox_store.h"
#include "shared/log/log.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kEvent = "notification.created";
constexpr std::string_view kChannelPrefix = "private-commerce.";

/// A copy is looked for among what was received from this long before it on. Where the
/// application wrote a row it dropped the phone's offset: posted_at and received_at of one notice
/// may be 26 hours apart.
constexpr std::int64_t kCopySearchSeconds = 2 * 86400;
constexpr std::int64_t kCopyWindowSeconds = 5;

std::int64_t secondsOf(const std::optional<std::string> &time, std::int64_t otherwise) {
    return time ? parseTime(*time).value_or(otherwise) : otherwise;
}

} // namespace

/// One call of `create`: one point in time for everything it writes.
struct NotificationStore::Posting {
    const User &user;
    const NotificationInput &input;
    const PostContext &context;
    std::int64_t time;
    std::string now;
};

struct NotificationStore::Device {
    std::string id;
    std::string commerceId;
    PhoneRows rows;
};

Result<StoredNotification> NotificationStore::create(const User &user,
                                                     const NotificationInput &input,
                                                     const PostContext &context) {
    auto stored = createOnce(user, input, context);
    if (stored || stored.error().code != Errc::BadRequest ||
        database_.kind() != DatabaseKind::MariaDb)
        return stored;
    const auto fitted = fitToColumns(database_, input);
    if (!fitted)
        return tl::unexpected<Error>(fitted.error());
    if (fitted->altered.empty())
        return stored; // it is not about characters
    stored = createOnce(user, fitted->input, context);
    if (stored)
        log(LogLevel::Warning, "notification stored with ? for characters its columns lack",
            {{"columns", fitted->altered}, {"reason", "the table is not utf8mb4"}});
    return stored;
}

Result<StoredNotification> NotificationStore::createOnce(const User &user,
                                                         const NotificationInput &input,
                                                         const PostContext &context) {
    const std::int64_t time = clock_.unixSeconds();
    const Posting posting{user, input, context, time, formatSqlTime(time)};
    return database_.transaction<StoredNotification>([&] { return createInTransaction(posting); });
}

Result<StoredNotification> NotificationStore::createInTransaction(const Posting &posting) {
    auto device = findDevice(posting);
    if (!device)
        return tl::unexpected<Error>(device.error());
    if (const auto locked = lockCommerce(*device); !locked)
        return tl::unexpected<Error>(locked.error());
    const auto earlier = findEarlier(posting); // under the lock: a twin under way is finished
    if (!earlier)
        return tl::unexpected<Error>(earlier.error());
    if (*earlier)
        return **earlier;
    return storeBoth(posting, *device);
}

/// SQLite's transaction excludes every other one already. A foreign key's own lock on the row does
/// not get in the way in PostgreSQL.
Result<Done> NotificationStore::lockCommerce(const Device &device) {
    switch (database_.kind()) {
    case DatabaseKind::Sqlite:
        return Done{};
    case DatabaseKind::PostgreSql:
        return database_.execute("SELECT {commerces.id} FROM {commerces} WHERE {commerces.id} = "
                                 ":id FOR NO KEY UPDATE",
                                 {device.commerceId});
    case DatabaseKind::MariaDb:
        return database_.execute(
            "SELECT {commerces.id} FROM {commerces} WHERE {commerces.id} = :id FOR UPDATE",
            {device.commerceId});
    }
    return Done{};
}

Result<std::optional<StoredNotification>> NotificationStore::findEarlier(const Posting &posting) {
    if (posting.context.idempotencyKey.empty())
        return std::nullopt;
    const auto found = OutboxStore(database_).findRequest(posting.context.idempotencyKey);
    if (!found)
        return tl::unexpected<Error>(found.error());
    if (!*found)
        return std::nullopt;
    StoredNotification earlier;
    earlier.outcome = StoredNotification::Outcome::KeyReused;
    if ((*found)->requestHash != posting.context.requestHash)
        return earlier;
    const auto row = load((*found)->notificationId);
    if (!row)
        return tl::unexpected<Error>(row.error());
    earlier.outcome = StoredNotification::Outcome::Repeated;
    earlier.row = *row;
    return earlier;
}

Result<StoredNotification> NotificationStore::storeBoth(const Posting &posting, Device &device) {
    const auto row = storeNotification(posting, device);
    if (!row)
        return tl::unexpected<Error>(row.error());
    StoredNotification stored;
    stored.row = *row;
    stored.outbox.channel = std::string(kChannelPrefix) + row->notification.text("commerce_id");
    stored.outbox.event = kEvent;
    stored.outbox.data = broadcastDataJson(*row);
    stored.outbox.exceptSocketId = posting.context.exceptSocketId;
    stored.outbox.createdAt = posting.now;
    stored.outbox.idempotencyKey = posting.context.idempotencyKey;
    stored.outbox.requestHash = posting.context.requestHash;
    stored.outbox.notificationId = row->notification.text("id");
    const auto id = OutboxStore(database_).add(stored.outbox);
    if (!id)
        return tl::unexpected<Error>(id.error());
    stored.outbox.id = *id;
    return stored;
}

Result<NotificationRow> NotificationStore::storeNotification(const Posting &posting,
                                                             Device &device) {
    if (const auto touched = touchDevice(posting, device); !touched)
        return tl::unexpected<Error>(touched.error());
    if (const auto found = findOrCreateInstance(posting, device); !found)
        return tl::unexpected<Error>(found.error());
    const auto isCopy = hasCopy(posting, device);
    if (!isCopy)
        return tl::unexpected<Error>(isCopy.error());
    const auto notification = insert(posting, device, *isCopy ? "1" : "0");
    if (!notification)
        return tl::unexpected<Error>(notification.error());
    return NotificationRow{*notification, device.rows.appInstance, device.rows.device};
}

/// As Eloquent does it, an update that changes nothing leaves updated_at alone.
Result<std::optional<TableRow>> NotificationStore::setStatus(const User &user, std::int64_t id,
                                                             const std::string &status) {
    const auto updated = database_.execute(
        "UPDATE {notifications} SET {notifications.status} = :status, {notifications.updated_at} = "
        ":now WHERE {notifications.id} = :id AND {notifications.user_id} = :user AND "
        "{notifications.status} <> :same",
        {status, formatSqlTime(clock_.unixSeconds()), id, user.id, status});
    if (!updated)
        return tl::unexpected<Error>(updated.error());
    const auto row = NotificationReader(database_).find(user, id);
    if (!row)
        return tl::unexpected<Error>(row.error());
    return *row ? std::optional((*row)->notification) : std::nullopt;
}

Result<NotificationRow> NotificationStore::load(const std::string &id) {
    const auto rows = selectNotifications(database_, "n.{notifications.id} = :id", {id});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return failure(Errc::Internal, "the notification just stored is not there");
    return rows->front();
}

Result<NotificationStore::Device> NotificationStore::findDevice(const Posting &posting) {
    const auto phone = selectPhone(database_, posting.user.id, posting.input);
    if (!phone)
        return tl::unexpected<Error>(phone.error());
    if (!*phone)
        return failure(Errc::NotFound, "Device not found");
    const TableRow &row = (*phone)->device;
    if (!isTrue(row.column("is_active")))
        return failure(Errc::Forbidden, "Device is not active");
    const SqlValue own = row.column("commerce_id");
    const SqlValue commerceId = own ? own : posting.user.column("commerce_id");
    if (!commerceId)
        return failure(Errc::Forbidden, "neither the device nor its user has a commerce");
    return Device{row.text("id"), *commerceId, **phone};
}

Result<Done> NotificationStore::touchDevice(const Posting &posting, Device &device) {
    auto &columns = device.rows.device.columns;
    columns["commerce_id"] = device.commerceId;
    columns["last_seen_at"] = columns["updated_at"] = posting.now;
    return database_.execute("UPDATE {devices} SET {devices.commerce_id} = :commerce, "
                             "{devices.last_seen_at} = :seen, {devices.updated_at} = :updated "
                             "WHERE {devices.id} = :id",
                             {device.commerceId, posting.now, posting.now, device.id});
}

/// Looks once more: under the lock, what a twin has made meanwhile is there.
Result<Done> NotificationStore::findOrCreateInstance(const Posting &posting, Device &device) {
    const NotificationInput &input = posting.input;
    if (!input.packageName || !input.androidUserId || device.rows.appInstance)
        return Done{};
    const auto found = selectAppInstance(database_, device.id, input);
    if (!found)
        return tl::unexpected<Error>(found.error());
    device.rows.appInstance = *found;
    if (*found)
        return Done{};
    const auto made = insertAppInstance(
        database_,
        "INSERT INTO {app_instances} ({app_instances.commerce_id}, {app_instances.device_id}, "
        "{app_instances.package_name}, {app_instances.android_user_id}, "
        "{app_instances.created_at}, {app_instances.updated_at}) VALUES (:commerce, :device, "
        ":package, :android, :created, :updated)",
        {device.commerceId, device.id, input.packageName, input.androidUserId, posting.now,
         posting.now});
    if (!made)
        return tl::unexpected<Error>(made.error());
    device.rows.appInstance = *made;
    return Done{};
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
    std::string sql = "SELECT {notifications.id} FROM {notifications} WHERE "
                      "{notifications.device_id} = :device AND {notifications.body} = :body AND "
                      "{notifications.received_at} >= :earliest AND "
                      "({notifications.posted_at} BETWEEN :from1 AND :to1 OR "
                      "{notifications.received_at} BETWEEN :from2 AND :to2) AND ";
    std::vector<SqlParameter> parameters = {
        device.id, input.body, formatSqlTime(earliest), from, to, from, to};
    if (input.packageName && input.androidUserId) {
        sql += "{notifications.package_name} = :package AND "
               "{notifications.android_user_id} = :android LIMIT 1";
        parameters.insert(parameters.end(), {input.packageName, input.androidUserId});
    } else {
        sql += "{notifications.source_app} = :app LIMIT 1";
        parameters.emplace_back(input.sourceApp);
    }
    const auto rows = database_.query(sql, 1, parameters);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return !rows->empty();
}

Result<TableRow> NotificationStore::insert(const Posting &posting, const Device &device,
                                           const std::string &isDuplicate) {
    const NotificationInput &input = posting.input;
    const auto &instance = device.rows.appInstance;
    return insertNotification(
        database_,
        "INSERT INTO {notifications} ({notifications.user_id}, {notifications.commerce_id}, "
        "{notifications.device_id}, {notifications.source_app}, {notifications.package_name}, "
        "{notifications.android_user_id}, {notifications.android_uid}, "
        "{notifications.app_instance_id}, {notifications.title}, {notifications.body}, "
        "{notifications.amount}, {notifications.currency}, {notifications.payer_name}, "
        "{notifications.posted_at}, {notifications.received_at}, {notifications.raw_json}, "
        "{notifications.status}, {notifications.is_duplicate}, {notifications.created_at}, "
        "{notifications.updated_at}) VALUES "
        "(:user, :commerce, :device, :app, :package, :android, :uid, :instance, :title, :body, "
        ":amount, :currency, :payer, :posted, :received, :raw, :status, :duplicate, :created, "
        ":updated)",
        {posting.user.id,
         device.commerceId,
         device.id,
         input.sourceApp,
         input.packageName,
         input.androidUserId,
         input.androidUid,
         instance ? instance->column("id") : SqlValue{},
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
}

} // namespace pregon
