#include "shared/token_store.h"

#include "shared/ascii.h"
#include "shared/hmac_signer.h"

#include <algorithm>

namespace pregon {
namespace {

/// The user columns that rules and answers may use.
constexpr std::string_view kUserColumns[] = {"id", "name", "email", "commerce_id", "role"};

bool isTokenId(std::string_view text) {
    constexpr std::size_t kMaxDigits = 19; // of a bigint
    return !text.empty() && text.size() <= kMaxDigits &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool isUserColumn(std::string_view name) {
    return std::find(std::begin(kUserColumns), std::end(kUserColumns), name) !=
           std::end(kUserColumns);
}

bool hasAbility(const User &, std::string_view) {
    return true; // a User does not carry his token's abilities yet
}

SqlValue User::column(std::string_view name) const {
    const auto found = columns.find(name);
    return found != columns.end() ? found->second : std::nullopt;
}

Result<std::optional<User>> TokenStore::find(std::string_view token) {
    const auto userId = findUserId(token);
    if (!userId)
        return tl::unexpected<Error>(userId.error());
    if (!*userId)
        return std::optional<User>{};
    return loadUser(**userId);
}

Result<std::optional<std::string>> TokenStore::findUserId(std::string_view token) {
    const std::size_t bar = token.find('|');
    const std::string_view id = bar == std::string_view::npos ? "" : token.substr(0, bar);
    const std::string_view plain = bar == std::string_view::npos ? token : token.substr(bar + 1);
    const bool hasId = bar != std::string_view::npos;
    const std::string hash =
        sha256Hex(plain); // always, so that a bad id costs as much as a bad token
    if (plain.empty() || (hasId && !isTokenId(id)))
        return std::nullopt;
    const std::string sql =
        std::string("SELECT token, tokenable_id, expires_at FROM personal_access_tokens WHERE ") +
        (hasId ? "id" : "token") + " = :key AND tokenable_type = :type";
    const auto rows = database_.query(sql, 3, {hasId ? std::string(id) : hash, userType_});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::nullopt;
    const SqlRow &row = rows->front();
    const bool matches = equalInConstantTime(row[0].value_or(""), hash);
    const bool expired = row[2] && *row[2] < formatSqlTime(clock_.unixSeconds());
    if (!matches || expired)
        return std::nullopt;
    return row[1];
}

Result<std::optional<User>> TokenStore::loadUser(const std::string &id) {
    std::string list;
    for (std::string_view column : kUserColumns)
        list += (list.empty() ? "" : ", ") + std::string(column);
    const auto rows = database_.query("SELECT " + list + " FROM users WHERE id = :id",
                                      std::size(kUserColumns), {id});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::optional<User>{};
    User user{rows->front()[0].value_or(""), {}};
    for (std::size_t i = 0; i < std::size(kUserColumns); i++)
        user.columns.emplace(kUserColumns[i], rows->front()[i]);
    return std::optional<User>(std::move(user));
}

Result<std::string> TokenStore::issue(const std::string &userId, const std::string &name) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t kLength = 48;
    const std::string plain = randomText(kLength, kAlphabet);
    const std::string now = formatSqlTime(clock_.unixSeconds());
    const auto rows = database_.query(
        "INSERT INTO personal_access_tokens (tokenable_type, tokenable_id, name, token, abilities, "
        "created_at, updated_at) VALUES (:type, :user, :name, :hash, '[\"*\"]', :created, "
        ":updated) RETURNING id",
        1, {userType_, userId, name, sha256Hex(plain), now, now});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->front()[0].value_or("") + "|" + plain;
}

std::string_view bearerToken(std::string_view authorization) {
    constexpr std::string_view kScheme = "bearer ";
    const auto found =
        std::find_end(authorization.begin(), authorization.end(), kScheme.begin(), kScheme.end(),
                      [](char a, char b) { return asciiLower(a) == b; });
    if (found == authorization.end())
        return {};
    authorization.remove_prefix(static_cast<std::size_t>(found - authorization.begin()) +
                                kScheme.size());
    return authorization.substr(0, authorization.find(','));
}

} // namespace pregon
