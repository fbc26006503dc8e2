// SPDX-License-Identifier: MIT
#include "worker/ipc/ipc_commands.h"

#include "shared/json/json.h"
#include "shared/log/log.h"
#include "shared/process/daemon.h"
#include "worker/channels/terminate_user.h"
#include "worker/ipc/channel_queries.h"
#include "worker/ipc/listings.h"
#include "worker/lifecycle/memory_return.h"

#include <unistd.h>

namespace pregon {
namespace {

ReplyMessage refusal(Errc code, std::string reason) {
    return {code, std::move(reason)};
}

std::int64_t number(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

void describe(JsonWriter &json, const RecoveryPool &pool) {
    const RecoveryFigures &figures = pool.figures;
    json.beginObject().key("on").boolean(pool.isOn());
    json.key("pages").number(number(figures.clients));
    json.key("retained").number(number(figures.retained));
    json.key("channels").number(number(figures.rings));
    json.key("bytes").number(number(figures.ringBytes + figures.retainedBytes));
    json.key("max_bytes").number(number(pool.limits().bytes));
    json.key("replays").number(number(figures.replays));
    json.key("replayed_events").number(number(figures.events));
    json.key("shared_tokens").number(number(figures.sharedTokens));
    json.key("gaps").beginObject();
    for (std::size_t i = 1; i < kGaps; i++)
        json.key(textOf(static_cast<Gap>(i))).number(number(figures.gaps[i]));
    json.endObject().endObject();
}

Result<Done> checkTargets(const PublishMessage &message) {
    for (const std::string &channel : message.channels)
        if (!ChannelRules::isValidTarget(channel))
            return failure(Errc::BadRequest, "channel name");
    return Done{};
}

} // namespace

struct IpcCommands::Command {
    IpcType type;
    ReplyMessage (IpcCommands::*run)(const std::string &payload);
};

const IpcCommands::Command IpcCommands::kCommands[] = {
    {IpcType::Publish, &IpcCommands::publish},
    {IpcType::Status, &IpcCommands::status},
    {IpcType::Channels, &IpcCommands::channels},
    {IpcType::ChannelInfo, &IpcCommands::channelInfo},
    {IpcType::Users, &IpcCommands::users},
    {IpcType::Terminate, &IpcCommands::terminate},
    {IpcType::Connections, &IpcCommands::connections},
    {IpcType::Drain, &IpcCommands::drain},
    {IpcType::Upgrade, &IpcCommands::upgrade},
    {IpcType::ListConnections, &IpcCommands::listConnections},
    {IpcType::ListChannels, &IpcCommands::listChannels},
};

ReplyMessage IpcCommands::handle(const IpcFrame &frame) {
    for (const Command &command : kCommands)
        if (command.type == frame.type)
            return (this->*command.run)(frame.payload);
    return refusal(Errc::BadRequest, "not a request");
}

void IpcCommands::handle(const IpcFrame &frame, std::function<void(ReplyMessage)> answer) {
    const auto run = [&] { return handle(frame); };
    if (forAll_ && (frame.type == IpcType::Publish || frame.type == IpcType::Terminate))
        return forAll_->handle(frame, run, std::move(answer));
    const bool isBegun = forAll_ ? forAll_->ask(frame, answer) : beginListing(frame, answer);
    if (!isBegun)
        answer(run());
}

/// False if it is no such question; `handle` says why.
bool IpcCommands::beginListing(const IpcFrame &frame,
                               const std::function<void(ReplyMessage)> &answer) {
    return frame.type == IpcType::Channels &&
           askFor<ChannelsQuery>(
               applications_, frame.payload, [&](auto &application, const auto &query) {
                   listings_.begin(application, query, clock_.milliseconds(), answer);
               });
}

template <class Message, class Answer>
ReplyMessage IpcCommands::forApplication(const std::string &payload, Answer answer) {
    const auto message = Message::decode(payload);
    if (!message)
        return refusal(message.error().code, message.error().reason);
    Application *application = applications_.findById(message->appId);
    if (application == nullptr)
        return refusal(Errc::NotFound, "application " + message->appId + " is not configured");
    return answer(*application, *message);
}

ReplyMessage IpcCommands::publish(const std::string &payload) {
    return forApplication<PublishMessage>(
        payload, [&](Application &application, const PublishMessage &message) -> ReplyMessage {
            if (const auto valid = checkTargets(message); !valid)
                return refusal(valid.error().code, valid.error().reason);
            const Connection *except =
                message.exceptSocketId.empty()
                    ? nullptr
                    : applications_.findConnection(application, message.exceptSocketId);
            const Publication publication{message, except, clock_.milliseconds()};
            std::size_t count = 0;
            for (const std::string &channel : message.channels)
                count += application.neighbours().publish(application, channel, publication);
            figures_.published++;
            figures_.deliveries += count;
            log(LogLevel::Debug, "event published",
                {{"app", message.appId},
                 {"channels", message.channels.size()},
                 {"deliveries", count}});
            return {std::nullopt, "{}"};
        });
}

Result<std::unique_ptr<Tail>> IpcCommands::tail(const IpcFrame &frame,
                                                std::function<void()> filled) {
    const auto request = TailRequest::decode(frame.payload);
    if (!request)
        return tl::unexpected<Error>(request.error());
    if (!request->appId.empty() && applications_.findById(request->appId) == nullptr)
        return failure(Errc::NotFound, "application " + request->appId + " is not configured");
    if (!request->channel.empty() && !ChannelRules::isValidTarget(request->channel))
        return failure(Errc::BadRequest, "channel name");
    return applications_.tails().add(*request, frame.requestId, std::move(filled));
}

ReplyMessage IpcCommands::listConnections(const std::string &payload) {
    const auto query = ListQuery::decode(payload);
    if (!query)
        return refusal(query.error().code, query.error().reason);
    if (!query->appId.empty() && applications_.findById(query->appId) == nullptr)
        return refusal(Errc::NotFound, "application " + query->appId + " is not configured");
    return {std::nullopt, Listings::connections(applications_, *query, clock_)};
}

ReplyMessage IpcCommands::listChannels(const std::string &payload) {
    return forApplication<ListQuery>(
        payload, [&](Application &application, const ListQuery &query) -> ReplyMessage {
            return {std::nullopt, Listings::channels(application, query)};
        });
}

ReplyMessage IpcCommands::channels(const std::string &payload) {
    return forApplication<ChannelsQuery>(
        payload, [&](Application &application, const ChannelsQuery &query) -> ReplyMessage {
            return {std::nullopt,
                    ChannelQueries::channels(application, query, clock_.milliseconds())};
        });
}

ReplyMessage IpcCommands::channelInfo(const std::string &payload) {
    return forApplication<ChannelInfoQuery>(
        payload, [&](Application &application, const ChannelInfoQuery &query) -> ReplyMessage {
            return {std::nullopt,
                    ChannelQueries::channelInfo(application, query, clock_.milliseconds())};
        });
}

ReplyMessage IpcCommands::users(const std::string &payload) {
    return forApplication<AppQuery>(
        payload, [&](Application &application, const AppQuery &query) -> ReplyMessage {
            return {std::nullopt, ChannelQueries::users(application, query.subject)};
        });
}

ReplyMessage IpcCommands::terminate(const std::string &payload) {
    return forApplication<AppQuery>(
        payload, [&](Application &application, const AppQuery &query) -> ReplyMessage {
            const std::size_t count = terminateUser(application, query.subject);
            application.neighbours().terminated(application, query.subject);
            log(LogLevel::Info, "user terminated",
                {{"app", query.appId}, {"user", query.subject}, {"connections", count}});
            return {std::nullopt, "{}"};
        });
}

ReplyMessage IpcCommands::connections(const std::string &payload) {
    return forApplication<AppQuery>(
        payload, [&](Application &application, const AppQuery &) -> ReplyMessage {
            return {std::nullopt,
                    R"({"connections":)" + std::to_string(application.connectionCount) + "}"};
        });
}

ReplyMessage IpcCommands::drain(const std::string &) {
    if (figures_.isGivingBack) // it would be forgotten
        return refusal(Errc::Unavailable, "an upgrade is about to end: ask again");
    drain_.begin();
    JsonWriter json;
    json.beginObject().key("connections").number(static_cast<std::int64_t>(drain_.left()));
    json.key("seconds").number(drain_.window().count()).endObject();
    return {std::nullopt, json.take()};
}

ReplyMessage IpcCommands::upgrade(const std::string &) {
    if (!upgrade_)
        return refusal(Errc::BadRequest, "not possible here");
    if (const auto begun = upgrade_(); !begun)
        return refusal(begun.error().code, begun.error().reason);
    return {std::nullopt, R"({"upgrades":)" + std::to_string(figures_.upgrades) + "}"};
}

ReplyMessage IpcCommands::status(const std::string &) {
    JsonWriter json;
    json.beginObject().key("pid").number(::getpid());
    json.key("uptime_seconds").number(figures_.uptimeSeconds);
    json.key("connections").number(static_cast<std::int64_t>(applications_.connectionCount()));
    json.key("version").string(kVersion);
    json.key("upgrades").number(figures_.upgrades);
    json.key("upgrading").boolean(figures_.isUpgrading);
    json.key("upgrade_failure").string(figures_.upgradeFailure);
    json.key("draining").boolean(drain_.isOn());
    json.key("closing").number(static_cast<std::int64_t>(figures_.closing));
    json.key("events_published").number(static_cast<std::int64_t>(figures_.published));
    json.key("deliveries").number(static_cast<std::int64_t>(figures_.deliveries));
    json.key("frames_sent").number(static_cast<std::int64_t>(figures_.framesSent));
    json.key("slow_consumers_closed").number(static_cast<std::int64_t>(figures_.slowConsumers));
    json.key("queued_bytes").number(static_cast<std::int64_t>(figures_.queuedBytes));
    json.key("heap_bytes").number(static_cast<std::int64_t>(heapBytes()));
    json.key("clients_refused").number(static_cast<std::int64_t>(figures_.refused));
    describe(json.key("recovery"), applications_.recovery());
    if (forAll_) {
        json.key("cluster").beginObject().key("degraded").boolean(!forAll_->isUp());
        json.key("redis").string(forAll_->context().link.address());
        json.key("worker").string(forAll_->context().worker).endObject();
    }
    json.key("apps").beginArray();
    for (Application &application : applications_.all()) {
        json.beginObject().key("id").string(application.settings().id);
        json.key("connections").number(static_cast<std::int64_t>(application.connectionCount));
        json.key("channels")
            .number(static_cast<std::int64_t>(application.channels().channelCount()))
            .endObject();
    }
    json.endArray().endObject();
    return {std::nullopt, json.take()};
}

} // namespace pregon
