#include "fcgi/outbox_store.h"

#include "shared/json_scan.h"

namespace pregon {
namespace {

std::string jsonString(std::string_view text) {
    std::string quoted;
    appendJsonString(quoted, text);
    return quoted;
}

} // namespace

Result<std::string> OutboxStore::add(const OutboxEntry &entry) {
    const SqlValue except =
        entry.exceptSocketId.empty() ? std::nullopt : SqlValue(entry.exceptSocketId);
    const auto rows = database_.query(
        "INSERT INTO pregon_outbox (channel, event, data, except_socket_id, created_at) "
        "VALUES (:channel, :event, :data, :except, :created) RETURNING id",
        1, {entry.channel, entry.event, entry.data, except, entry.createdAt});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->front()[0].value_or("");
}

Result<std::vector<OutboxEntry>> OutboxStore::next(std::int64_t afterId, std::size_t limit) {
    const auto rows = database_.query(
        "SELECT id, channel, event, data, except_socket_id, created_at FROM pregon_outbox "
        "WHERE id > :after ORDER BY id LIMIT :limit",
        6, {std::to_string(afterId), std::to_string(limit)});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    std::vector<OutboxEntry> entries;
    for (const SqlRow &row : *rows)
        entries.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or(""),
                           row[3].value_or(""), row[4].value_or(""), row[5].value_or("")});
    return entries;
}

Result<Done> OutboxStore::remove(const std::string &id) {
    return database_.execute("DELETE FROM pregon_outbox WHERE id = :id", {id});
}

PublishMessage publishMessageFor(const OutboxEntry &entry, const std::string &appId) {
    PublishMessage message;
    message.appId = appId;
    message.exceptSocketId = entry.exceptSocketId;
    message.eventJson = jsonString(entry.event);
    message.dataJson = jsonString(entry.data);
    message.channels = {entry.channel};
    return message;
}

bool isRefusedForGood(Errc code) {
    switch (code) {
    case Errc::BadRequest:
    case Errc::TooLarge:
        return true;
    case Errc::Unauthorized:
    case Errc::Forbidden:
    case Errc::NotFound:
    case Errc::Unavailable:
    case Errc::Internal:
        return false;
    }
    return false;
}

} // namespace pregon
