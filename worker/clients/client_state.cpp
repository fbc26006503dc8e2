// SPDX-License-Identifier: MIT
#include "worker/clients/client_state.h"

#include "worker/channels/application.h"
#include "worker/channels/resumable_connection.h"

namespace pregon {

std::vector<std::string> FrameNumbers::takeFresh() {
    std::vector<std::string> fresh;
    for (const Frame &frame : fresh_)
        fresh.emplace_back(frame.bytes());
    fresh_.clear();
    return fresh;
}

void describeConnection(const Connection &connection, FrameNumbers &frames, ClientState &state) {
    state.socketId = connection.socketId();
    if (const Application *application = connection.application())
        state.appId = application->settings().id;
    state.address = connection.address();
    state.openedAt = std::chrono::nanoseconds(connection.openedAt().time_since_epoch()).count();
    if (const CloseReason *closing = connection.closing()) {
        state.closeCode = closing->code;
        state.closeReason = closing->text;
    }
    for (std::size_t i = 0; i < connection.queue().size(); i++)
        state.queue.push_back(frames.of(connection.queue()[i]));
    state.sentOfFirst = connection.sentOfFirst();
    state.sendsPings = connection.sendsPings();
    state.hasSpoken = connection.hasSpoken();
    state.isAuthorized = connection.isAuthorized();
    state.refusals = connection.refusals;
    state.refusalsInRow = connection.refusalsInRow;
    state.messageLimiter = connection.messageLimiter;
    state.clientEventLimiter = connection.clientEventLimiter;
    state.isSignedIn = connection.user != nullptr;
    if (connection.user != nullptr)
        state.user = *connection.user;
    for (const Subscription &subscription : connection.subscriptions)
        state.channels.push_back(subscription.channel.name());
    if (connection.resumable)
        state.resumable = Recovery::state(*connection.resumable);
}

void restoreConnection(Connection &connection, const ClientState &state,
                       const std::vector<Frame> &frames) {
    connection.cameFrom(state.address, std::chrono::steady_clock::time_point(
                                           std::chrono::nanoseconds(state.openedAt)));
    if (state.sendsPings)
        connection.notePing();
    if (state.hasSpoken)
        connection.noteMessage();
    if (state.isAuthorized)
        connection.noteAuthorized();
    connection.refusals = state.refusals;
    connection.refusalsInRow = state.refusalsInRow;
    connection.messageLimiter = state.messageLimiter;
    connection.clientEventLimiter = state.clientEventLimiter;
    for (const std::uint32_t number : state.queue)
        if (number < frames.size())
            connection.resume(frames[number]);
    connection.resumeSent(static_cast<std::size_t>(state.sentOfFirst));
    if (state.closeCode != 0)
        connection.resumeClosing({state.closeCode, state.closeReason});

    Application *application = connection.application();
    if (application == nullptr)
        return;
    for (const std::string &channel : state.channels)
        application->channels().resume(connection, channel);
    if (!state.resumable.token.empty()) {
        connection.resumable = std::make_unique<ResumableConnection>(connection);
        application->recovery().resume(*connection.resumable, state.resumable);
    }
    if (!state.isSignedIn)
        return;
    connection.user = std::make_unique<SignedInUser>(state.user);
    application->users().add(connection, state.user.id);
    if (application->settings().watchlist)
        application->users().watch(connection, state.user.watchlist);
}

} // namespace pregon
