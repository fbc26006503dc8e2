#include "worker/channel_queries.h"

#include "shared/json.h"
#include "worker/pusher_protocol.h"

#include <set>

namespace pregon {
namespace {

std::int64_t number(std::size_t value) {
    return static_cast<std::int64_t>(value);
}

void writeCached(JsonWriter &json, Application &application, std::string_view name,
                 std::int64_t now) {
    json.key("cache");
    const CachedEvent *cached = application.cache().find(name, now);
    if (cached == nullptr) {
        json.null();
        return;
    }
    json.beginObject().key("data").raw(cached->dataJson);
    json.key("ttl").number((cached->expiresAt - now + 999) / 1000);
    json.key("event").raw(cached->eventJson).key("channel").string(name).endObject();
}

std::int64_t userCount(Channel *channel) {
    const bool hasUsers = channel != nullptr && channel->presence() != nullptr;
    return hasUsers ? number(channel->presence()->userCount()) : 0;
}

/// The attributes of one channel that apply to its kind, 0 included; null `channel`: nobody is
/// subscribed.
void writeInfo(JsonWriter &json, Application &application, std::string_view name, Channel *channel,
               std::uint32_t attributes, std::int64_t now) {
    json.beginObject();
    if ((attributes & kOccupied) != 0)
        json.key("occupied").boolean(channel != nullptr);
    if ((attributes & kUserCount) != 0 && ChannelRules::isPresence(name))
        json.key("user_count").number(userCount(channel));
    if ((attributes & kSubscriptionCount) != 0)
        json.key("subscription_count")
            .number(channel != nullptr ? number(channel->subscriberCount()) : 0);
    if ((attributes & kCache) != 0 && ChannelRules::isCache(name))
        writeCached(json, application, name, now);
    json.endObject();
}

} // namespace

std::string ChannelQueries::channels(Application &application, const ChannelsQuery &query,
                                     std::int64_t now) {
    JsonWriter json;
    json.beginObject().key("channels").beginObject();
    application.channels().forEach([&](Channel &channel) {
        if (!channel.name().starts_with(query.prefix))
            return;
        json.key(channel.name());
        writeInfo(json, application, channel.name(), &channel, query.attributes, now);
    });
    json.endObject().endObject();
    return json.take();
}

std::string ChannelQueries::channelInfo(Application &application, const ChannelInfoQuery &query,
                                        std::int64_t now) {
    JsonWriter json;
    json.beginArray();
    for (const std::string &name : query.channels)
        writeInfo(json, application, name, application.channels().find(name), query.attributes,
                  now);
    json.endArray();
    return json.take();
}

std::string ChannelQueries::users(Application &application, std::string_view name) {
    JsonWriter json;
    json.beginObject().key("users").beginArray();
    Channel *channel = application.channels().find(name);
    if (channel != nullptr && channel->presence() != nullptr)
        channel->presence()->forEachUser([&](std::string_view userId, std::string_view) {
            json.beginObject().key("id").string(userId).endObject();
        });
    json.endArray().endObject();
    return json.take();
}

std::size_t terminateUser(Application &application, const std::string &userId) {
    std::set<Connection *> connections;
    for (Connection *connection : application.users().connectionsOf(userId))
        connections.insert(connection);
    application.channels().forEach([&](Channel &channel) {
        if (channel.presence() != nullptr)
            for (Connection *connection : channel.presence()->connectionsOf(userId))
                connections.insert(connection);
    });
    const auto code = static_cast<std::uint16_t>(application.settings().terminateCloseCode);
    const Frame error = textFrame(PusherProtocol::error(PusherProtocol::kDisconnectedByApp));
    for (Connection *connection : connections) {
        connection->send(error);
        connection->close(code, PusherProtocol::kDisconnectedByApp.text);
    }
    return connections.size();
}

} // namespace pregon
