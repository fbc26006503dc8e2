#include "shared/user_store.h"

#include "shared/hmac_signer.h"
#include "shared/schema_names.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kSecretColumns[] = {"password", "remember_token"};

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

Result<std::optional<User>> UserStore::find(const std::string &id) {
    std::string sql = "SELECT {users.id}";
    for (const std::string &column : settings_.columns)
        sql += ", {users." + column + "}";
    sql += " FROM {users} WHERE {users.id} = :id";
    if (settings_.softDeletes)
        sql += " AND {users.deleted_at} IS NULL";
    const auto rows = database_.query(sql, settings_.columns.size() + 1, {id});
    if (!rows && rows.error().code == Errc::BadRequest)
        return std::optional<User>{};
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::optional<User>{};
    const SqlRow &row = rows->front();
    User user{row[0].value_or(""), {{"id", row[0]}}};
    for (std::size_t i = 0; i < settings_.columns.size(); i++)
        user.columns.emplace(settings_.columns[i], row[i + 1]);
    return std::optional<User>(std::move(user));
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
