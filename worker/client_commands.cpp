#include "worker/client_commands.h"

#include "shared/channel_rules.h"
#include "shared/log.h"
#include "worker/application.h"
#include "worker/membership.h"
#include "worker/pusher_protocol.h"
#include "worker/subscription_auth.h"

namespace pregon {
namespace {

using PusherProtocol::ClientMessage;
using PusherProtocol::CodeText;
using PusherProtocol::SubscribeRequest;

constexpr std::uint32_t kLoggedRefusals = 20;

void refuse(Connection &connection, const CodeText &what, std::string_view channel,
            std::string_view reason) {
    connection.send(textFrame(PusherProtocol::error(what)));
    // The first few tell what is wrong; a client that goes on must not fill the log.
    const bool isNews = ++connection.refusals <= kLoggedRefusals;
    log(isNews ? LogLevel::Info : LogLevel::Debug, "ws refused",
        {{"socket", connection.socketId()},
         {"code", static_cast<int>(what.code)},
         {"channel", channel.substr(0, ChannelRules::kMaxChannelName)},
         {"reason", reason}});
}

const CodeText &codeFor(Errc code) {
    return code == Errc::BadRequest ? PusherProtocol::kInvalidMessage
                                    : PusherProtocol::kUnauthorized;
}

bool hasRoomForChannel(const Connection &connection, std::string_view channel,
                       std::size_t maxChannels) {
    return maxChannels == 0 || connection.subscriptions.size() < maxChannels ||
           connection.application()->channels().isSubscribed(connection, channel);
}

void joinAuthorized(Connection &connection, const SubscribeRequest &request) {
    if (!ChannelRules::isPresence(request.channel)) {
        Membership::join(connection, request.channel);
        return;
    }
    const auto member = PusherProtocol::parseMember(request.channelData);
    if (!member)
        refuse(connection, codeFor(member.error().code), request.channel, member.error().reason);
    else
        Membership::join(connection, request.channel, *member);
}

void subscribe(Connection &connection, const ClientMessage &message, std::size_t maxChannels) {
    const auto request = PusherProtocol::parseSubscribeRequest(message.data);
    if (!request)
        return refuse(connection, PusherProtocol::kInvalidMessage, "", request.error().reason);
    // Nobody can be signed in yet, so every server-to-user channel is somebody else's.
    if (request->channel.starts_with("#server-to-user-"))
        return refuse(connection, PusherProtocol::kUnauthorized, request->channel,
                      "not signed in");
    if (!ChannelRules::isValidName(request->channel))
        return refuse(connection, PusherProtocol::kInvalidChannel, request->channel.substr(0, 100),
                      "channel name");
    const App &app = connection.application()->settings();
    const auto authorized = authorizeSubscription(*request, connection.socketId(), app.key,
                                                  connection.application()->signer());
    if (!authorized)
        return refuse(connection, PusherProtocol::kUnauthorized, request->channel,
                      authorized.error().reason);
    if (!hasRoomForChannel(connection, request->channel, maxChannels))
        return refuse(connection, PusherProtocol::kOverCapacity, request->channel,
                      "too many channels");
    joinAuthorized(connection, *request);
}

void unsubscribe(Connection &connection, const ClientMessage &message, std::size_t) {
    const auto request = PusherProtocol::parseSubscribeRequest(message.data);
    if (!request)
        return refuse(connection, PusherProtocol::kInvalidMessage, "", request.error().reason);
    Membership::leave(connection, request->channel);
}

void answerPing(Connection &connection, const ClientMessage &, std::size_t) {
    connection.send(textFrame(PusherProtocol::pong()));
}

void ignore(Connection &, const ClientMessage &, std::size_t) {}

/// Everything that is not a pusher: event. Client events are switched off, which is told; the rest
/// is ignored if it is well-formed (spec §4.5).
void handleOther(Connection &connection, const ClientMessage &message) {
    if (!message.channel.isString())
        return refuse(connection, PusherProtocol::kInvalidMessage, "", "no channel");
    if (message.event.starts_with("client-"))
        refuse(connection, PusherProtocol::kClientEventsOff, decodeJsonString(message.channel.raw),
               "client events are off");
}

} // namespace

struct ClientCommands::Command {
    std::string_view event;
    void (*run)(Connection &, const ClientMessage &, std::size_t maxChannels);
};

const ClientCommands::Command ClientCommands::kCommands[] = {
    {"pusher:subscribe", subscribe},
    {"pusher:unsubscribe", unsubscribe},
    {"pusher:ping", answerPing},
    {"pusher:pong", ignore},
};

void ClientCommands::handle(Connection &connection, std::string_view text) const {
    const auto message = PusherProtocol::parseClientMessage(text);
    if (!message)
        return refuse(connection, PusherProtocol::kInvalidMessage, "", message.error().reason);
    for (const Command &command : kCommands)
        if (command.event == message->event)
            return command.run(connection, *message, maxChannels_);
    if (message->event.starts_with("pusher:"))
        return refuse(connection, PusherProtocol::kInvalidMessage, "", "unknown event");
    handleOther(connection, *message);
}

} // namespace pregon
