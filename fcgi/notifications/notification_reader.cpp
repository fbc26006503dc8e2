// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_reader.h"

#include "fcgi/notifications/decimal_text.h"
#include "fcgi/notifications/notification_rows.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace pregon {
namespace {

/// Conditions joined by AND, and what they bind.
class Where {
  public:
    /// `prefix` stands before every column that an index might be on.
    explicit Where(std::string_view prefix) : prefix_(prefix) {}

    /// `test` is what stands behind the column, with the name of its parameter.
    void add(std::string_view column, std::string_view test, SqlParameter value) {
        sql_ += sql_.empty() ? "" : " AND ";
        sql_.append(prefix_).append("n.{notifications.").append(column).append("} ").append(test);
        parameters_.push_back(std::move(value));
    }

    template <class T>
    void addIfGiven(std::string_view column, std::string_view test, const std::optional<T> &value) {
        if (value)
            add(column, test, SqlParameter(*value));
    }

    /// Bounds that let everything through instead of none: each combination of conditions is a
    /// statement that every connection keeps prepared.
    void add(const NotificationFilter &filter) {
        addIfGiven("device_id", "= :device", filter.deviceId);
        addIfGiven("source_app", "= :app", filter.sourceApp);
        addIfGiven("package_name", "= :package", filter.packageName);
        addIfGiven("app_instance_id", "= :instance", filter.appInstanceId);
        addIfGiven("status", "= :status", filter.status);
        add("received_at", ">= :from", filter.receivedFrom.value_or("1000-01-01 00:00:00"));
        add("received_at", "<= :to", filter.receivedTo.value_or("9999-12-31 23:59:59"));
        prefix_ = ""; // a bare `+` would compare SQLite's number with a text
        add("is_duplicate", "IN ('0', :also)", filter.excludeDuplicates ? "0" : "1");
    }

    const std::string &sql() const { return sql_; }
    const std::vector<SqlParameter> &parameters() const { return parameters_; }

    /// The parameters, and those of what follows the conditions.
    std::vector<SqlParameter> parametersAnd(std::initializer_list<std::int64_t> more) const {
        std::vector<SqlParameter> all = parameters_;
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

  private:
    std::string_view prefix_;
    std::string sql_;
    std::vector<SqlParameter> parameters_;
};

} // namespace

Result<NotificationReader::Listing> NotificationReader::list(const User &user,
                                                             const NotificationQuery &asked) {
    Where where("");
    where.add("user_id", "= :user", user.id);
    where.addIfGiven("commerce_id", "= :commerce", user.column("commerce_id"));
    where.add(asked.filter);
    const auto count = database_.query(
        "SELECT count(*) FROM {notifications} n WHERE " + where.sql(), 1, where.parameters());
    if (!count)
        return tl::unexpected<Error>(count.error());
    const std::int64_t page = std::min(asked.page, kMaxNotificationPage);
    auto rows = selectNotifications(
        database_,
        where.sql() + " ORDER BY n.{notifications.received_at} DESC, n.{notifications.id} DESC "
                      "LIMIT :limit OFFSET :offset",
        where.parametersAnd({asked.perPage, (page - 1) * asked.perPage}));
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return Listing{std::move(*rows), parseWhole(count->front()[0].value_or("")).value_or(0)};
}

Result<std::vector<NotificationRow>> NotificationReader::after(const User &user,
                                                               const NotificationFilter &filter,
                                                               std::int64_t afterId,
                                                               std::int64_t limit) {
    const SqlValue commerceId = user.column("commerce_id");
    if (!commerceId)
        return std::vector<NotificationRow>{};
    // A bare `+` keeps SQLite from walking through the shop's whole history by an index, and makes
    // it compare without regard to the column's type.
    const bool isSqlite = database_.kind() == DatabaseKind::Sqlite;
    Where where(isSqlite ? "+" : "");
    where.add("commerce_id", isSqlite ? "= CAST(:commerce AS integer)" : "= :commerce", commerceId);
    where.add(filter);
    return selectNotifications(
        database_,
        where.sql() + " AND n.{notifications.id} > :after ORDER BY n.{notifications.id} "
                      "LIMIT :limit",
        where.parametersAnd({afterId, limit}));
}

Result<std::optional<NotificationRow>> NotificationReader::find(const User &user, std::int64_t id) {
    auto rows = selectNotifications(
        database_, "n.{notifications.id} = :id AND n.{notifications.user_id} = :user",
        {id, user.id});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->empty() ? std::nullopt : std::optional(std::move(rows->front()));
}

} // namespace pregon
