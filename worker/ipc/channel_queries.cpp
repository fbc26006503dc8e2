// SPDX-License-Identifier: MIT
#include "worker/ipc/channel_queries.h"

#include <limits>
#include <utility>

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

/// The attributes of one channel that apply to its kind, 0 included; null `channel`: no subscriber.
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

ChannelQueries::Listing::Listing(Application &application, ChannelsQuery query, std::int64_t now)
    : application_(&application), query_(std::move(query)), now_(now) {
    begin();
}

void ChannelQueries::Listing::begin() {
    json_ = JsonWriter();
    json_.beginObject().key("channels").beginObject();
    place_ = {};
}

bool ChannelQueries::Listing::goOn(std::size_t &room) {
    if (room == 0)
        return false;
    ChannelRegistry &channels = application_->channels();
    if (place_.next > 0 && !channels.knows(place_))
        begin();
    place_ = channels.walk(place_, [&](Channel &channel) {
        room -= room > 0 ? 1 : 0;
        if (channel.name().starts_with(query_.prefix)) {
            json_.key(channel.name());
            writeInfo(json_, *application_, channel.name(), &channel, query_.attributes, now_);
        }
        return room > 0;
    });
    if (place_.next > 0)
        return false;
    json_.endObject().endObject();
    return true;
}

std::string ChannelQueries::channels(Application &application, const ChannelsQuery &query,
                                     std::int64_t now) {
    Listing listing(application, query, now);
    std::size_t room = std::numeric_limits<std::size_t>::max();
    listing.goOn(room);
    return listing.take();
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

} // namespace pregon
