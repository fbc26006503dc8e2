#include "fcgi/notification_reader.h"

#include "fcgi/decimal_text.h"
#include "fcgi/notification_rows.h"

#include <algorithm>

namespace pregon {

Result<NotificationReader::Listing> NotificationReader::list(const User &user, std::int64_t page,
                                                             std::int64_t perPage) {
    std::string condition = "n.{notifications.user_id} = :user";
    std::vector<SqlParameter> parameters = {user.id};
    if (const SqlValue commerceId = user.column("commerce_id")) {
        condition += " AND n.{notifications.commerce_id} = :commerce";
        parameters.push_back(commerceId);
    }
    const auto count =
        database_.query("SELECT count(*) FROM {notifications} n WHERE " + condition, 1, parameters);
    if (!count)
        return tl::unexpected<Error>(count.error());
    parameters.emplace_back(perPage);
    parameters.emplace_back((std::min(page, kMaxPage) - 1) * perPage);
    auto rows = selectNotifications(
        database_,
        condition + " ORDER BY n.{notifications.received_at} DESC, n.{notifications.id} DESC "
                    "LIMIT :limit OFFSET :offset",
        parameters);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return Listing{std::move(*rows), parseWhole(count->front()[0].value_or("")).value_or(0)};
}

Result<std::vector<NotificationRow>> NotificationReader::after(const User &user,
                                                               std::int64_t afterId,
                                                               std::int64_t limit) {
    const SqlValue commerceId = user.column("commerce_id");
    if (!commerceId)
        return std::vector<NotificationRow>{};
    // A bare `+` keeps SQLite from walking through the shop's whole history by its index, and makes
    // it compare without regard to the column's type.
    const bool isSqlite = database_.kind() == DatabaseKind::Sqlite;
    const std::string commerce = isSqlite
                                     ? "+n.{notifications.commerce_id} = CAST(:commerce AS integer)"
                                     : "n.{notifications.commerce_id} = :commerce";
    return selectNotifications(database_,
                               commerce + " AND n.{notifications.id} > :after ORDER BY "
                                          "n.{notifications.id} LIMIT :limit",
                               {commerceId, afterId, limit});
}

} // namespace pregon
