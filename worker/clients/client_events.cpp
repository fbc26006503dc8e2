// SPDX-License-Identifier: MIT
#include "worker/clients/client_events.h"

namespace pregon {
namespace {

using PusherProtocol::ClientMessage;
using PusherProtocol::CodeText;

constexpr std::size_t kMaxData = 10'240; // bytes of raw JSON

std::optional<CodeText> refusedBySettings(const App &app, std::string_view channel) {
    if (app.acceptClientEventsFrom != "members" && app.acceptClientEventsFrom != "all")
        return PusherProtocol::kClientEventsOff;
    if (!app.clientEventsOnPublic && !ChannelRules::needsAuth(channel))
        return PusherProtocol::kNoPublicClientEvents;
    return std::nullopt;
}

std::optional<CodeText> refusedBySize(const ClientMessage &message) {
    if (countCodePoints(message.event) > ChannelRules::kMaxEventName)
        return PusherProtocol::kClientEventNameTooLong;
    if (message.data.raw.size() > kMaxData)
        return PusherProtocol::kClientEventTooLarge;
    return std::nullopt;
}

} // namespace

std::optional<CodeText> passClientEvent(Connection &sender, const ClientMessage &message,
                                        std::int64_t now) {
    Application &application = *sender.application();
    const App &app = application.settings();
    const std::string name = decodeJsonString(message.channel.raw);
    if (const auto refused = refusedBySettings(app, name))
        return refused;
    if (app.acceptClientEventsFrom == "members" &&
        !application.channels().isSubscribed(sender, name))
        return PusherProtocol::kNotAMember;
    if (const auto refused = refusedBySize(message))
        return refused;
    if (app.clientEventsPerSecond > 0 &&
        !sender.clientEventLimiter.take(now, app.clientEventsPerSecond))
        return PusherProtocol::kClientEventRate;

    Channel *channel = application.channels().find(name);
    std::string userId;
    if (channel != nullptr && channel->presence() != nullptr)
        userId = channel->presence()->userOf(sender).value_or("");
    const std::string_view data = message.data.isMissing() ? "null" : message.data.raw;
    const std::string text = PusherProtocol::clientEvent(message.event, name, data, userId);
    application.neighbours().clientEvent(sender, name, text);
    application.events().clientEvent(name, message.event, data, sender.socketId(), userId);
    return std::nullopt;
}

} // namespace pregon
