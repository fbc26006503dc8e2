// SPDX-License-Identifier: MIT
#include "shared/auth/token_store.h"

#include "shared/ascii.h"
#include "shared/json/json.h"
#include "shared/protocol/hmac_signer.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::int64_t kTouchSeconds = 60;
constexpr std::size_t kTokenColumns = 7; ///< that `load` selects before the user's

/// What the column holds; nothing readable allows nothing.
std::vector<std::string> parseAbilities(const SqlValue &text) {
    std::vector<std::string> abilities;
    const auto document = JsonDocument::parse(text.value_or(""));
    if (!document)
        return abilities;
    document->root().forEach([&](std::string_view, JsonValue ability) {
        if (const auto name = ability.asString())
            abilities.push_back(*name);
    });
    return abilities;
}

} // namespace

struct TokenStore::Row {
    std::string id;
    std::optional<User> user;
    SqlValue abilities, lastUsedAt, expiresAt, createdAt;

    /// The last second in which the token is valid; of two limits the earlier. A time that cannot
    /// be read has passed.
    std::optional<std::int64_t> validUntil(std::int64_t expirationMinutes) const {
        std::optional<std::int64_t> until;
        if (expiresAt)
            until = parseSqlTime(*expiresAt).value_or(0);
        if (expirationMinutes > 0) {
            const auto created = parseSqlTime(createdAt.value_or(""));
            const std::int64_t last = created ? *created + expirationMinutes * 60 - 1 : 0;
            until = std::min(until.value_or(last), last);
        }
        return until;
    }
};

Result<std::optional<TokenStore::Row>> TokenStore::load(std::string_view token) {
    const std::size_t bar = token.find('|');
    const bool hasId = bar != std::string_view::npos;
    const std::string_view id = hasId ? token.substr(0, bar) : "";
    const std::string_view plain = hasId ? token.substr(bar + 1) : token;
    // Always, so that a bad id costs as much as a bad token.
    const std::string hash = sha256Hex(plain);
    if (plain.empty() || (hasId && id.empty()))
        return std::optional<Row>{};
    const auto rows = database_.query(
        "SELECT t.{personal_access_tokens.token}, t.{personal_access_tokens.tokenable_type}, "
        "t.{personal_access_tokens.id}, t.{personal_access_tokens.abilities}, "
        "t.{personal_access_tokens.last_used_at}, t.{personal_access_tokens.expires_at}, "
        "t.{personal_access_tokens.created_at}, " +
            userSelection(settings_.users) +
            " FROM {personal_access_tokens} t LEFT JOIN {users} u ON " +
            userCondition(settings_.users, "t.{personal_access_tokens.tokenable_id}") +
            " WHERE t." +
            std::string(hasId ? "{personal_access_tokens.id}" : "{personal_access_tokens.token}") +
            " = :key",
        kTokenColumns + userSelectionSize(settings_.users), {hasId ? std::string(id) : hash});
    if (!rows && rows.error().code == Errc::BadRequest) // no value of the key's type
        return std::optional<Row>{};
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::optional<Row>{};
    const SqlRow &row = rows->front();
    const bool isOfType = std::find(settings_.userTypes.begin(), settings_.userTypes.end(),
                                    row[1].value_or("")) != settings_.userTypes.end();
    // Databases compare more loosely than Sanctum: SQLite takes ` 1` for 1, MariaDB also `1x`.
    const bool isId = !hasId || asciiLower(row[2].value_or("")) == asciiLower(std::string(id));
    if (!equalInConstantTime(row[0].value_or(""), hash) || !isOfType || !isId)
        return std::optional<Row>{};
    return Row{row[2].value_or(""),
               takeUser(settings_.users, row.begin() + kTokenColumns),
               row[3],
               row[4],
               row[5],
               row[6]};
}

Result<std::optional<FoundToken>> TokenStore::find(std::string_view token) {
    auto row = load(token);
    if (!row)
        return tl::unexpected<Error>(row.error());
    if (!*row || !(*row)->user)
        return std::optional<FoundToken>{};
    const std::int64_t now = clock_.unixSeconds();
    const auto validUntil = (*row)->validUntil(settings_.expirationMinutes);
    if (validUntil && *validUntil < now)
        return std::optional<FoundToken>{};
    User &user = *(*row)->user;
    user.abilities = parseAbilities((*row)->abilities);
    const auto lastUse = parseSqlTime((*row)->lastUsedAt.value_or(""));
    const bool isUseDue = !lastUse || *lastUse + kTouchSeconds <= now;
    return FoundToken{std::move(user), (*row)->id, validUntil, isUseDue};
}

Result<std::string> TokenStore::issue(const std::string &userId, const std::string &name,
                                      const TokenGrant &grant) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t kLength = 48;
    const std::string plain = randomText(kLength, kAlphabet);
    const std::string now = formatSqlTime(clock_.unixSeconds());
    JsonWriter abilities;
    abilities.beginArray();
    for (const std::string &ability : grant.abilities)
        abilities.string(ability);
    abilities.endArray();
    const SqlValue expires =
        grant.expiresAt ? SqlValue(formatSqlTime(*grant.expiresAt)) : std::nullopt;
    const auto rows = database_.query(
        "INSERT INTO {personal_access_tokens} ({personal_access_tokens.tokenable_type}, "
        "{personal_access_tokens.tokenable_id}, {personal_access_tokens.name}, "
        "{personal_access_tokens.token}, {personal_access_tokens.abilities}, "
        "{personal_access_tokens.expires_at}, {personal_access_tokens.created_at}, "
        "{personal_access_tokens.updated_at}) VALUES (:type, :user, :name, :hash, :abilities, "
        ":expires, :created, :updated) RETURNING {personal_access_tokens.id}",
        1,
        {settings_.userTypes.at(0), userId, name, sha256Hex(plain), abilities.text(), expires, now,
         now});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->front()[0].value_or("") + "|" + plain;
}

Result<Done> markTokenUsed(Database &database, const Clock &clock, const std::string &id) {
    const std::int64_t now = clock.unixSeconds();
    return database.execute(
        "UPDATE {personal_access_tokens} SET {personal_access_tokens.last_used_at} = :used, "
        "{personal_access_tokens.updated_at} = :updated WHERE {personal_access_tokens.id} = :id "
        "AND ({personal_access_tokens.last_used_at} IS NULL OR "
        "{personal_access_tokens.last_used_at} <= :limit)",
        {formatSqlTime(now), formatSqlTime(now), id, formatSqlTime(now - kTouchSeconds)});
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
