// SPDX-License-Identifier: MIT
#include "worker/channels/delivery.h"

#include "shared/protocol/channel_rules.h"
#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

namespace pregon::Delivery {
namespace {

void remember(Application &application, const std::string &channel,
              const Publication &publication) {
    const App &app = application.settings();
    const PublishMessage &message = publication.message;
    application.cache().store(
        channel, {message.eventJson, message.dataJson, publication.now + app.cacheSeconds * 1000},
        static_cast<std::size_t>(app.cacheMaxChannels), publication.now);
}

/// Whether making the message is worth it.
bool hasReaders(Application &application, const std::string &channel) {
    if (application.tails().isWatched())
        return true;
    const std::string userId(ChannelRules::serverToUser(channel));
    return userId.empty() ? application.channels().find(channel) != nullptr
                          : application.users().isOnline(userId);
}

} // namespace

std::size_t send(Application &application, const std::string &channel, const Frame &frame,
                 const Connection *except) {
    const std::string userId(ChannelRules::serverToUser(channel));
    if (userId.empty()) {
        Channel *known = application.channels().find(channel);
        return known != nullptr ? known->publish(frame, except) : 0;
    }
    std::size_t count = 0;
    for (Connection *connection : application.users().connectionsOf(userId))
        if (connection != except) {
            connection->send(frame);
            count++;
        }
    return count;
}

std::size_t publish(Application &application, const std::string &channel,
                    const Publication &publication) {
    if (ChannelRules::isCache(channel))
        remember(application, channel, publication);
    if (!hasReaders(application, channel) && !application.recovery().wants(channel))
        return 0;
    const PublishMessage &message = publication.message;
    const std::string text =
        PusherProtocol::channelEvent(channel, message.eventJson, message.dataJson);
    const Frame frame = textFrame(text);
    const std::size_t count = send(application, channel, frame, publication.except);
    application.recovery().published(channel, frame, message.exceptSocketId);
    show(application, channel, "", count, text);
    return count;
}

void show(Application &application, const std::string &channel, std::string_view sender,
          std::size_t count, const std::string &text) {
    if (application.tails().isWatched())
        application.tails().offer({application.settings().id, channel, std::string(sender),
                                   static_cast<std::uint32_t>(count), 0, text});
}

} // namespace pregon::Delivery
