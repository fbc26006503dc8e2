#include "worker/ipc_commands.h"

#include "shared/json.h"
#include "shared/log.h"
#include "worker/pusher_protocol.h"

#include <algorithm>
#include <unistd.h>

namespace pregon {
namespace {

ReplyMessage refusal(Errc code, std::string reason) {
    return {code, std::move(reason)};
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
};

ReplyMessage IpcCommands::handle(const IpcFrame &frame) {
    for (const Command &command : kCommands)
        if (command.type == frame.type)
            return (this->*command.run)(frame.payload);
    return refusal(Errc::BadRequest, "not a request");
}

ReplyMessage IpcCommands::publish(const std::string &payload) {
    const auto message = PublishMessage::decode(payload);
    if (!message)
        return refusal(message.error().code, message.error().reason);
    Application *application = applications_.findById(message->appId);
    if (application == nullptr)
        return refusal(Errc::NotFound, "application " + message->appId + " is not configured");
    if (const auto valid = checkTargets(*message); !valid)
        return refusal(valid.error().code, valid.error().reason);
    const Connection *except =
        message->exceptSocketId.empty()
            ? nullptr
            : applications_.findConnection(*application, message->exceptSocketId);
    std::size_t count = 0;
    for (const std::string &name : message->channels)
        if (Channel *channel = application->channels().find(name))
            count += channel->publish(textFrame(PusherProtocol::channelEvent(
                                          name, message->eventJson, message->dataJson)),
                                      except);
    figures_.published++;
    figures_.deliveries += count;
    log(LogLevel::Debug, "event published",
        {{"app", message->appId}, {"channels", message->channels.size()}, {"deliveries", count}});
    return {std::nullopt, "{}"};
}

ReplyMessage IpcCommands::status(const std::string &payload) {
    if (!payload.empty())
        return refusal(Errc::BadRequest, "status payload malformed");
    JsonWriter json;
    json.beginObject().key("pid").number(::getpid());
    json.key("uptime_seconds").number(figures_.uptimeSeconds);
    json.key("connections").number(static_cast<std::int64_t>(applications_.connectionCount()));
    json.key("events_published").number(static_cast<std::int64_t>(figures_.published));
    json.key("deliveries").number(static_cast<std::int64_t>(figures_.deliveries));
    json.key("frames_sent").number(static_cast<std::int64_t>(figures_.framesSent));
    json.key("slow_consumers_closed").number(static_cast<std::int64_t>(figures_.slowConsumers));
    json.key("clients_refused").number(static_cast<std::int64_t>(figures_.refused));
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
