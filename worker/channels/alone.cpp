// SPDX-License-Identifier: MIT
#include "worker/channels/alone.h"

#include "worker/channels/application.h"
#include "worker/channels/delivery.h"
#include "worker/channels/membership.h"
#include "worker/channels/sign_in.h"
#include "worker/protocol/pusher_protocol.h"

namespace pregon {

void Alone::joined(const Joining &joining) {
    Application &application = *joining.connection.application();
    Channel &channel = joining.channel;
    if (joining.isFirst)
        application.events().occupied(channel.name());
    if (joining.member == nullptr) {
        Membership::confirm(joining.connection, channel.name(),
                            PusherProtocol::subscriptionSucceeded(channel.name()), joining.now);
        if (joining.isNew)
            application.counts().changed(application, channel);
        return;
    }
    if (joining.isNewMember) {
        channel.publish(textFrame(PusherProtocol::memberAdded(channel.name(), *joining.member)),
                        &joining.connection);
        application.events().memberAdded(channel.name(), joining.member->userId);
    }
    Membership::confirm(joining.connection, channel.name(),
                        PusherProtocol::presenceSucceeded(channel.name(),
                                                          channel.presence()->userCount(),
                                                          channel.presence()->lists()),
                        joining.now);
}

void Alone::memberLeft(Connection &connection, Channel &channel, const std::string &userId) {
    channel.publish(textFrame(PusherProtocol::memberRemoved(channel.name(), userId)), &connection);
    connection.application()->events().memberRemoved(channel.name(), userId);
}

void Alone::left(Connection &connection, const std::string &channel, bool isLast) {
    Application &application = *connection.application();
    if (isLast)
        application.events().vacated(channel);
    else
        application.counts().changed(application, *application.channels().find(channel));
}

void Alone::signedIn(const SigningIn &signingIn) {
    Connection &connection = signingIn.connection;
    Application &application = *connection.application();
    SignIn::confirm(connection, signingIn.userData);
    if (signingIn.isFirst) // before the connection itself watches anybody
        SignIn::tellWatchers(application, connection.user->id, SignIn::Change::Online);
    if (!application.settings().watchlist)
        return;
    const UserRegistry &users = application.users();
    SignIn::watch(connection);
    SignIn::tellState(connection, [&](const std::string &id) { return users.isOnline(id); });
    if (signingIn.isWatchlistCut)
        connection.send(textFrame(PusherProtocol::error(PusherProtocol::kWatchlistTooLong)));
}

void Alone::signedOut(Connection &connection, const SignedInUser &user, bool isLast) {
    if (isLast)
        SignIn::tellWatchers(*connection.application(), user.id, SignIn::Change::Offline);
}

std::size_t Alone::publish(Application &application, const std::string &channel,
                           const Publication &publication) {
    return Delivery::publish(application, channel, publication);
}

void Alone::clientEvent(Connection &sender, const std::string &channel, const std::string &text) {
    Application &application = *sender.application();
    const std::size_t count = Delivery::send(application, channel, textFrame(text), &sender);
    Delivery::show(application, channel, sender.socketId(), count, text);
}

} // namespace pregon
