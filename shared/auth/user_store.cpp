// SPDX-License-Identifier: MIT
#include "shared/auth/user_store.h"

#include "shared/protocol/hmac_signer.h"
#include "shared/store/schema_names.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kSecretColumns[] = {"password", "remember_token"};

/// Whether the table has the column or not: SQL looks a name up from the inside out, and finds the
/// NULL of the middle query where the inner one's table has no such column.
constexpr std::string_view kNotDeleted =
    " AND (SELECT (SELECT {users.deleted_at} FROM {users} pregon_users WHERE "
    "pregon_users.{users.id} = u.{users.id}) FROM (SELECT NULL AS {users.deleted_at}) "
    "pregon_default) IS NULL";

} // namespace

SqlValue User::column(std::string_view name) const {
    const auto found = columns.find(name);
    return found != columns.end() ? found->second : std::nullopt;
}

bool User::can(std::string_view ability) const {
    return !abilities || std::any_of(abilities->begin(), abilities->end(),
                                     [&](const auto &one) { return one == "*" || one == ability; });
}

bool isUserColumn(const std::vector<std::string> &columns, std::string_view name) {
    return name == "id" || std::find(columns.begin(), columns.end(), name) != columns.end();
}

Result<Done> checkUserColumns(const std::vector<std::string> &columns) {
    for (const std::string &column : columns) {
        if (!isSqlIdentifier(column))
            return failure(Errc::BadRequest, column + ": not a column's name");
        if (std::find(std::begin(kSecretColumns), std::end(kSecretColumns), column) !=
            std::end(kSecretColumns))
            return failure(Errc::BadRequest, column + ": is a secret");
    }
    return Done{};
}

std::string userSelection(const UserSettings &settings) {
    std::string list = "u.{users.id}";
    for (const std::string &column : settings.columns)
        list += ", u.{users." + column + "}";
    return list;
}

std::size_t userSelectionSize(const UserSettings &settings) {
    return settings.columns.size() + 1;
}

std::string userCondition(const UserSettings &settings, std::string_view key) {
    std::string condition = "u.{users.id} = " + std::string(key);
    if (settings.softDeletes)
        condition += kNotDeleted;
    return condition;
}

std::optional<User> takeUser(const UserSettings &settings, SqlRow::const_iterator first) {
    if (!*first)
        return std::nullopt;
    User user{first->value(), {{"id", *first}}};
    for (const std::string &column : settings.columns)
        user.columns.emplace(column, *++first);
    return user;
}

Result<std::optional<User>> UserStore::find(const std::string &id) {
    const auto rows =
        database_.query("SELECT " + userSelection(settings_) + " FROM {users} u WHERE " +
                            userCondition(settings_, ":id"),
                        userSelectionSize(settings_), {id});
    if (!rows && rows.error().code == Errc::BadRequest)
        return std::optional<User>{};
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::optional<User>{};
    return takeUser(settings_, rows->front().begin());
}

Result<std::optional<User>> UserStore::findBy(const std::string &column, const std::string &value) {
    if (column == "id") { // 01 finds the number 1
        auto user = find(value);
        if (user && *user && (*user)->id != value)
            user = std::optional<User>{};
        return user;
    }
    const std::string name = "{users." + column + "}";
    const auto rows = database_.query("SELECT {users.id}, " + name + " FROM {users} WHERE " + name +
                                          " = :value LIMIT 2",
                                      2, {value});
    if (!rows && rows.error().code != Errc::BadRequest)
        return tl::unexpected<Error>(rows.error());
    // Databases compare more loosely: MariaDB takes `ana` for `Ana`.
    if (!rows || rows->size() != 1 || rows->front()[1] != value)
        return std::optional<User>{};
    return find(rows->front()[0].value_or(""));
}

Result<std::optional<User>> UserStore::findRemembered(const std::string &id,
                                                      std::string_view token) {
    const auto rows = database_.query(
        "SELECT {users.remember_token} FROM {users} WHERE {users.id} = :id", 1, {id});
    if (!rows && rows.error().code != Errc::BadRequest)
        return tl::unexpected<Error>(rows.error());
    const std::string stored = rows && !rows->empty() ? rows->front()[0].value_or("") : "";
    if (stored.empty() || !equalInConstantTime(sha256Hex(stored), sha256Hex(token)))
        return std::optional<User>{};
    return find(id);
}

} // namespace pregon
