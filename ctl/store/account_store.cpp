// SPDX-License-Identifier: MIT
#include "ctl/store/account_store.h"

namespace pregon {
namespace {

/// The first cell of what an INSERT … RETURNING gives.
Result<std::string> onlyValue(const Result<std::vector<SqlRow>> &rows) {
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->empty() ? "" : rows->front()[0].value_or("");
}

bool isNumber(const std::string &text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

} // namespace

Result<bool> AccountStore::exists(std::string_view sql, const SqlParameter &value) {
    const auto rows = database_.query(sql, 1, {value});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return !rows->empty();
}

Result<AccountStore::Known> AccountStore::findUser(const std::string &user) {
    const std::string where = user.find('@') != std::string::npos ? "{users.email}" : "{users.id}";
    const auto rows = database_.query("SELECT {users.id}, {users.commerce_id} FROM {users} WHERE " +
                                          where + " = :user",
                                      2, {user});
    if (!rows && rows.error().code != Errc::BadRequest)
        return tl::unexpected<Error>(rows.error());
    if (!rows || rows->empty())
        return failure(Errc::NotFound, user + ": no such user (pregonctl user list)");
    return Known{rows->front()[0].value_or(""), rows->front()[1]};
}

Result<std::vector<SqlRow>> AccountStore::users() {
    return database_.query("SELECT {users.id}, {users.email}, {users.name}, {users.role}, "
                           "{users.commerce_id}, {users.created_at} FROM {users} "
                           "ORDER BY {users.id}",
                           6);
}

Result<std::string> AccountStore::insertUser(const NewUser &user) {
    const std::string now = formatSqlTime(clock_.unixSeconds());
    const auto id = onlyValue(database_.query(
        "INSERT INTO {users} ({users.name}, {users.email}, {users.password}, {users.role}, "
        "{users.commerce_id}, {users.created_at}, {users.updated_at}) VALUES (:name, :email, "
        ":password, :role, :commerce, :created, :updated) RETURNING {users.id}",
        1, {user.name, user.email, user.passwordHash, user.role, user.commerceId, now, now}));
    if (!id || user.newShop.empty())
        return id;
    const auto shop = onlyValue(database_.query(
        "INSERT INTO {commerces} ({commerces.name}, {commerces.owner_user_id}, "
        "{commerces.created_at}, {commerces.updated_at}) VALUES (:name, :owner, :created, "
        ":updated) RETURNING {commerces.id}",
        1, {user.newShop, *id, now, now}));
    if (!shop)
        return shop;
    const auto moved = database_.execute(
        "UPDATE {users} SET {users.commerce_id} = :commerce WHERE {users.id} = :id", {*shop, *id});
    if (!moved)
        return tl::unexpected<Error>(moved.error());
    return id;
}

Result<std::string> AccountStore::addUser(const NewUser &user) {
    return database_.transaction<std::string>([&]() -> Result<std::string> {
        const auto taken =
            exists("SELECT {users.id} FROM {users} WHERE {users.email} = :email", user.email);
        if (!taken)
            return tl::unexpected<Error>(taken.error());
        if (*taken)
            return failure(Errc::BadRequest, user.email + ": a user has that e-mail already");
        if (user.commerceId) {
            const auto shop =
                exists("SELECT {commerces.id} FROM {commerces} WHERE {commerces.id} = :id",
                       user.commerceId);
            if (!shop)
                return tl::unexpected<Error>(shop.error());
            if (!*shop)
                return failure(Errc::NotFound, *user.commerceId + ": no such shop");
        }
        return insertUser(user);
    });
}

Result<Done> AccountStore::revokeUser(const std::string &user,
                                      const std::vector<std::string> &userTypes) {
    return database_.transaction<Done>([&]() -> Result<Done> {
        const auto known = findUser(user);
        if (!known)
            return tl::unexpected<Error>(known.error());
        const std::string now = formatSqlTime(clock_.unixSeconds());
        const auto closed = database_.execute(
            "UPDATE {users} SET {users.password} = '!', {users.remember_token} = NULL, "
            "{users.updated_at} = :now WHERE {users.id} = :id",
            {now, known->id});
        if (!closed)
            return closed;
        for (const std::string &type : userTypes) {
            const auto done = database_.execute(
                "DELETE FROM {personal_access_tokens} WHERE {personal_access_tokens.tokenable_id} "
                "= :id AND {personal_access_tokens.tokenable_type} = :type",
                {known->id, type});
            if (!done)
                return done;
        }
        for (const char *statement :
             {"DELETE FROM {sessions} WHERE {sessions.user_id} = :id",
              "UPDATE {devices} SET {devices.is_active} = '0' WHERE {devices.user_id} = :id"})
            if (const auto done = database_.execute(statement, {known->id}); !done)
                return done;
        return Done{};
    });
}

Result<std::vector<SqlRow>> AccountStore::tokens(const std::string &user,
                                                 const std::string &userType) {
    std::string sql =
        "SELECT t.{personal_access_tokens.id}, u.{users.email}, t.{personal_access_tokens.name}, "
        "t.{personal_access_tokens.abilities}, t.{personal_access_tokens.last_used_at}, "
        "t.{personal_access_tokens.expires_at}, t.{personal_access_tokens.created_at} "
        "FROM {personal_access_tokens} t JOIN {users} u "
        "ON u.{users.id} = t.{personal_access_tokens.tokenable_id} "
        "WHERE t.{personal_access_tokens.tokenable_type} = :type";
    std::vector<SqlParameter> parameters = {userType};
    if (!user.empty()) {
        const auto known = findUser(user);
        if (!known)
            return tl::unexpected<Error>(known.error());
        sql += " AND u.{users.id} = :user";
        parameters.emplace_back(known->id);
    }
    return database_.query(sql + " ORDER BY t.{personal_access_tokens.id}", 7, parameters);
}

Result<std::string> AccountStore::addToken(const std::string &user, const std::string &name,
                                           const TokenGrant &grant, const TokenSettings &settings) {
    const auto known = findUser(user);
    if (!known)
        return tl::unexpected<Error>(known.error());
    return TokenStore(database_, clock_, settings).issue(known->id, name, grant);
}

Result<Done> AccountStore::revokeToken(const std::string &id) {
    if (!isNumber(id)) // never the token itself: it would stay in the shell's history
        return failure(Errc::BadRequest, "expected the id of a token (pregonctl token list)");
    return database_.transaction<Done>([&]() -> Result<Done> {
        const auto known =
            exists("SELECT {personal_access_tokens.id} FROM "
                   "{personal_access_tokens} WHERE {personal_access_tokens.id} = :id",
                   id);
        if (!known)
            return tl::unexpected<Error>(known.error());
        if (!*known)
            return failure(Errc::NotFound, id + ": no such token (pregonctl token list)");
        return database_.execute(
            "DELETE FROM {personal_access_tokens} WHERE {personal_access_tokens.id} = :id", {id});
    });
}

Result<std::vector<SqlRow>> AccountStore::devices(const std::string &user) {
    std::string sql = "SELECT d.{devices.id}, d.{devices.uuid}, u.{users.email}, d.{devices.name}, "
                      "d.{devices.alias}, d.{devices.commerce_id}, d.{devices.is_active}, "
                      "d.{devices.last_seen_at} FROM {devices} d JOIN {users} u ON u.{users.id} = "
                      "d.{devices.user_id}";
    std::vector<SqlParameter> parameters;
    if (!user.empty()) {
        const auto known = findUser(user);
        if (!known)
            return tl::unexpected<Error>(known.error());
        sql += " WHERE u.{users.id} = :user";
        parameters.emplace_back(known->id);
    }
    return database_.query(sql + " ORDER BY d.{devices.id}", 8, parameters);
}

Result<Done> AccountStore::addDevice(const std::string &user, const NewDevice &device) {
    return database_.transaction<Done>([&]() -> Result<Done> {
        const auto known = findUser(user);
        if (!known)
            return tl::unexpected<Error>(known.error());
        const auto taken =
            exists("SELECT {devices.id} FROM {devices} WHERE {devices.uuid} = :uuid", device.uuid);
        if (!taken)
            return tl::unexpected<Error>(taken.error());
        if (*taken)
            return failure(Errc::BadRequest, device.uuid + ": a device has that uuid already");
        const std::string now = formatSqlTime(clock_.unixSeconds());
        const SqlValue alias = device.alias.empty() ? std::nullopt : SqlValue(device.alias);
        return database_.execute(
            "INSERT INTO {devices} ({devices.user_id}, {devices.uuid}, {devices.name}, "
            "{devices.platform}, {devices.is_active}, {devices.commerce_id}, {devices.alias}, "
            "{devices.created_at}, {devices.updated_at}) VALUES (:user, :uuid, :name, 'android', "
            "'1', :commerce, :alias, :created, :updated)",
            {known->id, device.uuid, device.name, known->commerceId, alias, now, now});
    });
}

Result<Done> AccountStore::revokeDevice(const std::string &device) {
    const std::string column = isNumber(device) ? "{devices.id}" : "{devices.uuid}";
    return database_.transaction<Done>([&]() -> Result<Done> {
        const auto known =
            exists("SELECT {devices.id} FROM {devices} WHERE " + column + " = :device", device);
        if (!known)
            return tl::unexpected<Error>(known.error());
        if (!*known)
            return failure(Errc::NotFound, device + ": no such device (pregonctl device list)");
        return database_.execute("UPDATE {devices} SET {devices.is_active} = '0', "
                                 "{devices.updated_at} = :now WHERE " +
                                     column + " = :device",
                                 {formatSqlTime(clock_.unixSeconds()), device});
    });
}

} // namespace pregon
