// SPDX-License-Identifier: MIT
#include "worker/ipc/listings.h"

#include "shared/json/json.h"

#include <chrono>

namespace pregon::Listings {
namespace {

constexpr std::size_t kMaxVisited = 500;
constexpr std::size_t kMaxText = 128 << 10;

/// Ends a page in time.
class Page {
  public:
    explicit Page(const char *name) { json.beginObject().key(name).beginArray(); }

    /// True while another entry may follow; call once for each that was visited.
    bool goesOn() { return ++visited_ < kMaxVisited && json.text().size() < kMaxText; }

    std::string end(WalkPlace place) {
        json.endArray();
        if (place.next > 0)
            json.key("buckets").number(place.buckets).key("next").number(place.next);
        json.endObject();
        return json.take();
    }

    JsonWriter json;

  private:
    std::size_t visited_ = 0;
};

std::int64_t number(std::size_t value) {
    return static_cast<std::int64_t>(value);
}

std::optional<std::string> userOf(const Connection &connection) {
    if (connection.user != nullptr)
        return connection.user->id;
    for (const Subscription &subscription : connection.subscriptions)
        if (const Presence *presence = subscription.channel.presence())
            if (const auto user = presence->userOf(connection))
                return std::string(*user);
    return std::nullopt;
}

void write(JsonWriter &json, const Connection &connection, std::int64_t since) {
    json.beginObject().key("id").string(connection.socketId());
    json.key("app").string(connection.application()->settings().id);
    json.key("address").string(connection.address()).key("since").number(since);
    json.key("channel_count").number(number(connection.subscriptions.size()));
    json.key("channels").beginArray();
    std::size_t named = 0;
    for (const Subscription &subscription : connection.subscriptions)
        if (named++ < kMaxNamed)
            json.string(subscription.channel.name());
    json.endArray().key("queued_bytes").number(number(connection.queuedBytes()));
    if (connection.resumable && !connection.resumable->stamp().empty())
        json.key("resume").string(connection.resumable->stamp());
    json.key("user_id");
    const auto user = userOf(connection);
    user ? json.string(*user) : json.null();
    json.endObject();
}

} // namespace

std::string connections(const ApplicationRegistry &applications, const ListQuery &query,
                        const Clock &clock) {
    Page page("connections");
    const auto place = applications.walkConnections(query.from, [&](const Connection &connection) {
        const auto age = clock.steady() - connection.openedAt();
        const auto since =
            clock.unixSeconds() - std::chrono::duration_cast<std::chrono::seconds>(age).count();
        if (query.appId.empty() || connection.application()->settings().id == query.appId)
            write(page.json, connection, since);
        return page.goesOn();
    });
    return page.end(place);
}

std::string channels(Application &application, const ListQuery &query) {
    Page page("channels");
    const auto place = application.channels().walk(query.from, [&](Channel &channel) {
        if (channel.name().starts_with(query.prefix)) {
            page.json.beginObject().key("name").string(channel.name());
            page.json.key("app").string(application.settings().id);
            page.json.key("subscriptions").number(number(channel.subscriberCount()));
            if (channel.presence() != nullptr)
                page.json.key("users").number(number(channel.presence()->userCount()));
            page.json.endObject();
        }
        return page.goesOn();
    });
    return page.end(place);
}

} // namespace pregon::Listings
