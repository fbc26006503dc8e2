// SPDX-License-Identifier: MIT
#include "worker/clients/client_commands.h"

#include "shared/log/log.h"
#include "shared/protocol/channel_rules.h"
#include "worker/channels/application.h"
#include "worker/channels/membership.h"
#include "worker/channels/sign_in.h"
#include "worker/clients/client_events.h"
#include "worker/protocol/pusher_protocol.h"
#include "worker/protocol/subscription_auth.h"

#include <chrono>

namespace pregon {
namespace {

using PusherProtocol::ClientMessage;
using PusherProtocol::CodeText;
using PusherProtocol::SubscribeRequest;

constexpr std::uint32_t kLoggedRefusals = 20;
constexpr std::string_view kPong = "pusher:pong";
constexpr std::uint16_t kPolicyViolation =
    1008; // RFC 6455 §7.4.1; pusher-js comes back in a second

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

/// A subscribe that fails; told twice if the application wants pusher-js to see it.
void refuseSubscription(Connection &connection, const CodeText &what, std::string_view channel,
                        std::string_view reason) {
    refuse(connection, what, channel, reason);
    if (connection.application()->settings().emitSubscriptionError)
        connection.send(textFrame(PusherProtocol::subscriptionRefused(channel, what)));
}

void refuseUnauthorized(Connection &connection, std::string_view channel, std::string_view reason) {
    refuseSubscription(connection, PusherProtocol::kUnauthorized, channel, reason);
}

/// A client whose every message is rejected is broken, or harmful: it is closed (spec §4.5).
void countRefusals(Connection &connection, std::uint32_t before) {
    const auto maximum = connection.application()->settings().maxRejectedMessages;
    connection.refusalsInRow = connection.refusals == before ? 0 : connection.refusalsInRow + 1;
    if (maximum > 0 && connection.refusalsInRow >= static_cast<std::uint64_t>(maximum))
        connection.close(kPolicyViolation, "Too many rejected messages");
}

/// The answer to a ping of ours, which no limit counts.
bool isAwaitedPong(const Connection &connection, std::string_view text) {
    if (!connection.resumable || !connection.resumable->isPongAwaited())
        return false;
    const auto message = PusherProtocol::parseClientMessage(text);
    return message && message->event == kPong;
}

bool hasRoomForChannel(const Connection &connection, std::string_view channel,
                       std::size_t maxChannels) {
    return maxChannels == 0 || connection.subscriptions.size() < maxChannels ||
           connection.application()->channels().isSubscribed(connection, channel);
}

/// The member by channel_data, or by who has signed in where there is none (spec §5.6).
Result<Member> memberFor(const Connection &connection, const SubscribeRequest &request) {
    if (request.channelData.empty() && connection.user)
        return Member{connection.user->id, connection.user->userInfoJson};
    return PusherProtocol::parseMember(request.channelData);
}

/// A new user beyond the application's limit.
bool isPresenceFull(const Connection &connection, std::string_view name, const Member &member) {
    const auto maximum =
        static_cast<std::size_t>(connection.application()->settings().presenceMaxMembers);
    Channel *channel = connection.application()->channels().find(name);
    if (maximum == 0 || channel == nullptr ||
        !connection.application()->neighbours().isEveryMemberHere() ||
        channel->presence()->hasUser(member.userId))
        return false;
    // Who comes again as somebody else makes room first.
    const auto known = channel->presence()->userOf(connection);
    const bool leaves = known && channel->presence()->connectionsOf(*known).size() == 1;
    return channel->presence()->userCount() - (leaves ? 1 : 0) >= maximum;
}

void joinPresence(Connection &connection, const SubscribeRequest &request, std::int64_t now) {
    const App &app = connection.application()->settings();
    const auto member = memberFor(connection, request);
    if (!member && member.error().code == Errc::BadRequest)
        return refuseSubscription(connection, PusherProtocol::kInvalidMessage, request.channel,
                                  member.error().reason);
    if (!member)
        return refuseUnauthorized(connection, request.channel, member.error().reason);
    const auto maxInfo = static_cast<std::size_t>(app.presenceMaxInfoSize);
    if (maxInfo > 0 && member->userInfoJson.size() > maxInfo)
        return refuseSubscription(connection, PusherProtocol::kUserInfoTooLarge, request.channel,
                                  "user_info too large");
    if (!isPresenceFull(connection, request.channel, *member)) {
        connection.noteAuthorized();
        return Membership::join(connection, request.channel, *member, now);
    }
    refuse(connection, PusherProtocol::kOverCapacity, request.channel, "too many members");
    if (app.emitSubscriptionError)
        connection.send(textFrame(PusherProtocol::presenceFull(request.channel)));
}

/// `#server-to-user-ID` is the signed-in user's own; its events come without any membership.
void subscribeToUser(Connection &connection, const std::string &channel) {
    if (connection.user && ChannelRules::serverToUser(channel) == connection.user->id)
        connection.send(textFrame(PusherProtocol::subscriptionSucceeded(channel)));
    else
        refuseUnauthorized(connection, channel, "not signed in as that user");
}

} // namespace

struct ClientCommands::Context {
    std::size_t maxChannels;
    std::int64_t now; ///< milliseconds of a steady clock
};

struct ClientCommands::Command {
    std::string_view event;
    void (*run)(Connection &, const ClientMessage &, const Context &);

    static void subscribe(Connection &connection, const ClientMessage &message,
                          const Context &context) {
        const auto request = PusherProtocol::parseSubscribeRequest(message.data);
        if (!request)
            return refuse(connection, PusherProtocol::kInvalidMessage, "", request.error().reason);
        if (!ChannelRules::serverToUser(request->channel).empty())
            return subscribeToUser(connection, request->channel);
        if (!ChannelRules::isValidName(request->channel))
            return refuseSubscription(connection, PusherProtocol::kInvalidChannel, request->channel,
                                      "channel name");
        Application &application = *connection.application();
        const auto authorized = authorizeSubscription(
            *request, connection.socketId(), application.settings().key, application.signer());
        if (!authorized)
            return refuseUnauthorized(connection, request->channel, authorized.error().reason);
        if (!hasRoomForChannel(connection, request->channel, context.maxChannels))
            return refuseSubscription(connection, PusherProtocol::kOverCapacity, request->channel,
                                      "too many channels");
        if (ChannelRules::isPresence(request->channel))
            return joinPresence(connection, *request, context.now);
        if (ChannelRules::needsAuth(request->channel))
            connection.noteAuthorized();
        Membership::join(connection, request->channel, context.now);
    }

    static void unsubscribe(Connection &connection, const ClientMessage &message, const Context &) {
        const auto request = PusherProtocol::parseSubscribeRequest(message.data);
        if (!request)
            return refuse(connection, PusherProtocol::kInvalidMessage, "", request.error().reason);
        Membership::leave(connection, request->channel);
    }

    static void signIn(Connection &connection, const ClientMessage &message, const Context &) {
        const auto request = PusherProtocol::parseSignIn(message.data);
        if (!request)
            return refuse(connection,
                          request.error().code == Errc::BadRequest ? PusherProtocol::kInvalidMessage
                                                                   : PusherProtocol::kUnauthorized,
                          "", request.error().reason);
        if (const auto done = SignIn::signIn(connection, *request); !done)
            refuse(connection, PusherProtocol::kUnauthorized, "", done.error().reason);
    }

    static void ping(Connection &connection, const ClientMessage &, const Context &) {
        connection.send(textFrame(PusherProtocol::pong()));
    }

    static void pong(Connection &connection, const ClientMessage &, const Context &) {
        if (connection.resumable)
            connection.application()->recovery().ponged(*connection.resumable);
    }

    /// Everything that is not a pusher: event: client events, and what is ignored if it is
    /// well-formed (spec §4.5).
    static void other(Connection &connection, const ClientMessage &message,
                      const Context &context) {
        if (!message.channel.isString())
            return refuse(connection, PusherProtocol::kInvalidMessage, "", "no channel");
        if (!message.event.starts_with("client-"))
            return;
        if (const auto refused = passClientEvent(connection, message, context.now))
            refuse(connection, *refused, decodeJsonString(message.channel.raw), refused->text);
    }
};

const ClientCommands::Command ClientCommands::kCommands[] = {
    {"pusher:subscribe", Command::subscribe},
    {"pusher:unsubscribe", Command::unsubscribe},
    {"pusher:signin", Command::signIn},
    {"pusher:ping", Command::ping},
    {kPong, Command::pong},
};

void ClientCommands::handle(Connection &connection, std::string_view text) const {
    const std::uint32_t before = connection.refusals;
    dispatch(connection, text);
    countRefusals(connection, before);
}

void ClientCommands::handleNoText(Connection &connection) const {
    const std::uint32_t before = connection.refusals;
    refuse(connection, PusherProtocol::kInvalidMessage, "", "not UTF-8");
    countRefusals(connection, before);
}

void ClientCommands::dispatch(Connection &connection, std::string_view text) const {
    const App &app = connection.application()->settings();
    const Context context{maxChannels_, clock_.milliseconds()};
    connection.noteMessage();
    if (app.rateLimiting && !isAwaitedPong(connection, text) &&
        !connection.messageLimiter.take(context.now, app.rateLimitMaxAttempts,
                                        app.rateLimitDecaySeconds)) {
        refuse(connection, PusherProtocol::kRateLimited, "", "rate limit");
        if (app.rateLimitTerminate) // 4100: the client comes back after a second
            connection.close(static_cast<std::uint16_t>(PusherProtocol::Code::OverCapacity),
                             PusherProtocol::kRateLimited.text);
        return;
    }
    const auto message = PusherProtocol::parseClientMessage(text);
    if (!message)
        return refuse(connection, PusherProtocol::kInvalidMessage, "", message.error().reason);
    if (connection.resumable && message->event != kPong)
        connection.application()->recovery().spoke(*connection.resumable);
    for (const Command &command : kCommands)
        if (command.event == message->event)
            return command.run(connection, *message, context);
    if (message->event.starts_with("pusher:"))
        return refuse(connection, PusherProtocol::kInvalidMessage, "", "unknown event");
    Command::other(connection, *message, context);
}

} // namespace pregon
