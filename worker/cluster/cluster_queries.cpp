// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_queries.h"

#include "shared/json/json.h"

#include <memory>
#include <utility>
#include <vector>

namespace pregon::ClusterQueries {
namespace {

ReplyMessage away() {
    return {Errc::Unavailable, "Redis is away: what other workers have is not known"};
}

/// Asks behind what has changed here until now; `write` makes the JSON of the reply.
void ask(Cluster &cluster, ClusterScript script, std::vector<std::string> arguments, Answer answer,
         std::function<std::string(const RedisReply &)> write) {
    cluster.counts().flush();
    cluster.context().link.run(
        script, std::move(arguments),
        [answer = std::move(answer), write = std::move(write)](const RedisReply &reply) {
            answer(reply.isError() ? away() : ReplyMessage{std::nullopt, write(reply)});
        });
}

void writeCached(JsonWriter &json, std::string_view name, const RedisReply &info) {
    const std::string &value = info.at(3).text;
    const std::size_t first = value.find('\n');
    const std::size_t second = value.find('\n', first + 1);
    json.key("cache");
    if (second == std::string::npos) {
        json.null();
        return;
    }
    json.beginObject().key("data").raw(value.substr(second + 1));
    json.key("ttl").number((info.at(4).number + 999) / 1000);
    json.key("event").raw(value.substr(first + 1, second - first - 1));
    json.key("channel").string(name).endObject();
}

/// Of `C SUBSCRIBERS USERS CACHED MILLISECONDS`; see ChannelQueries.
void writeInfo(JsonWriter &json, const RedisReply &info, std::uint32_t attributes) {
    const std::string &name = info.at(0).text;
    const bool isOccupied = info.at(1).number > 0;
    json.beginObject();
    if ((attributes & kOccupied) != 0)
        json.key("occupied").boolean(isOccupied);
    if ((attributes & kUserCount) != 0 && ChannelRules::isPresence(name))
        json.key("user_count").number(info.at(2).number);
    if ((attributes & kSubscriptionCount) != 0)
        json.key("subscription_count").number(info.at(1).number);
    if ((attributes & kCache) != 0 && ChannelRules::isCache(name))
        writeCached(json, name, info);
    json.endObject();
}

/// The channels of an application, page by page: Redis does something else in between.
struct Listing {
    static constexpr std::size_t kPage = 500; ///< channels

    ClusterLink &link;
    std::string application;
    std::uint32_t attributes;
    Answer answer;
    std::vector<std::string> names = {};
    std::size_t next = 0; ///< of the names
    JsonWriter json = {};

    void write(const RedisReply &info) {
        if (info.at(1).number == 0)
            return; // has been vacated since
        json.key(info.at(0).text);
        writeInfo(json, info, attributes);
    }
};

void askPage(const std::shared_ptr<Listing> &listing) {
    if (listing->next == listing->names.size()) {
        listing->json.endObject().endObject();
        return listing->answer({std::nullopt, listing->json.take()});
    }
    std::vector<std::string> arguments{listing->application};
    while (listing->next < listing->names.size() && arguments.size() <= Listing::kPage)
        arguments.push_back(listing->names[listing->next++]);
    listing->link.run(ClusterScript::ChannelInfo, std::move(arguments),
                      [listing](const RedisReply &reply) {
                          if (reply.isError())
                              return listing->answer(away());
                          for (const RedisReply &info : reply.list)
                              listing->write(info);
                          askPage(listing);
                      });
}

} // namespace

void channels(Cluster &cluster, Application &application, const ChannelsQuery &query,
              Answer answer) {
    const auto listing = std::make_shared<Listing>(Listing{cluster.context().link,
                                                           ClusterContext::nameOf(application),
                                                           query.attributes, std::move(answer)});
    cluster.counts().flush();
    listing->link.run(ClusterScript::Channels, {listing->application, query.prefix},
                      [listing](const RedisReply &reply) {
                          if (reply.isError())
                              return listing->answer(away());
                          for (const RedisReply &name : reply.list)
                              listing->names.push_back(name.text);
                          listing->json.beginObject().key("channels").beginObject();
                          askPage(listing);
                      });
}

void channelInfo(Cluster &cluster, Application &application, const ChannelInfoQuery &query,
                 Answer answer) {
    std::vector<std::string> arguments{ClusterContext::nameOf(application)};
    arguments.insert(arguments.end(), query.channels.begin(), query.channels.end());
    ask(cluster, ClusterScript::ChannelInfo, std::move(arguments), std::move(answer),
        [attributes = query.attributes](const RedisReply &reply) {
            JsonWriter json;
            json.beginArray();
            for (const RedisReply &info : reply.list)
                writeInfo(json, info, attributes);
            json.endArray();
            return json.take();
        });
}

void users(Cluster &cluster, Application &application, const std::string &channel, Answer answer) {
    ask(cluster, ClusterScript::Join,
        {cluster.context().worker, ClusterContext::nameOf(application), channel, "0", "1"},
        std::move(answer), [](const RedisReply &reply) {
            ClusterMembers members;
            std::vector<std::string> fields;
            for (const RedisReply &field : reply.at(2).list)
                fields.push_back(field.text);
            members.replace(1, fields);
            JsonWriter json;
            json.beginObject().key("users").beginArray();
            members.forEach([&](const Member &member) {
                json.beginObject().key("id").string(member.userId).endObject();
            });
            json.endArray().endObject();
            return json.take();
        });
}

void connections(Cluster &cluster, Application &application, Answer answer) {
    const std::string own = std::to_string(application.connectionCount);
    ask(cluster, ClusterScript::Connections,
        {cluster.context().worker, cluster.context().formerNamesText(),
         ClusterContext::nameOf(application), own},
        std::move(answer), [](const RedisReply &reply) {
            return R"({"connections":)" + std::to_string(reply.at(0).number) + "}";
        });
}

} // namespace pregon::ClusterQueries
