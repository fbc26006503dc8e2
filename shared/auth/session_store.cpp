// SPDX-License-Identifier: MIT
#include "shared/auth/session_store.h"

#include "shared/ascii.h"

#include <algorithm>
#include <charconv>

namespace pregon {
namespace {

constexpr std::int64_t kTouchSeconds = 60;

std::optional<std::int64_t> parseSeconds(const std::string &text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool isNumber = error == std::errc() && end == text.data() + text.size();
    return isNumber ? std::optional(value) : std::nullopt;
}

} // namespace

Result<std::optional<SessionStore::Session>> SessionStore::find(const std::string &id) {
    const auto rows =
        database_.query("SELECT {sessions.user_id}, {sessions.last_activity} FROM {sessions} "
                        "WHERE {sessions.id} = :id",
                        2, {id});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::optional<Session>{};
    const SqlValue &userId = rows->front()[0];
    const auto lastActivity = parseSeconds(rows->front()[1].value_or(""));
    const std::int64_t now = clock_.unixSeconds();
    if (!userId || userId->empty() || !lastActivity || *lastActivity < now - lifetimeSeconds_)
        return std::optional<Session>{};
    const std::int64_t lastUse = std::min(*lastActivity, now);
    return Session{*userId, lastUse + lifetimeSeconds_, lastUse + kTouchSeconds <= now};
}

Result<Done> markSessionUsed(Database &database, const Clock &clock, const std::string &id) {
    const std::int64_t now = clock.unixSeconds();
    return database.execute("UPDATE {sessions} SET {sessions.last_activity} = :now WHERE "
                            "{sessions.id} = :id AND {sessions.last_activity} <= :limit",
                            {now, id, now - kTouchSeconds});
}

bool isSessionId(std::string_view text) {
    constexpr std::size_t kLength = 40;
    return text.size() == kLength && std::all_of(text.begin(), text.end(), [](char c) {
               return isWordCharacter(c) && c != '_';
           });
}

} // namespace pregon
