// SPDX-License-Identifier: MIT
#include "worker/channels/app_state.h"

namespace pregon {
namespace {

AppState::Members membersOf(Channel &channel) {
    AppState::Members members{channel.name(), {}};
    channel.presence()->forEachConnection(
        [&](const std::string &userId, const Connection &connection, const std::string &info) {
            members.connections.push_back({connection.socketId(), userId, info});
        });
    return members;
}

void restoreMembers(const AppState::Members &members, Application &application,
                    ApplicationRegistry &applications) {
    Channel *channel = application.channels().find(members.channel);
    if (channel == nullptr || channel->presence() == nullptr)
        return;
    for (const AppState::Membership &membership : members.connections) {
        Connection *connection = applications.findConnection(application, membership.socketId);
        if (connection != nullptr &&
            ChannelRegistry::subscriptionOf(*connection, *channel) != nullptr)
            channel->presence()->join(*connection, {membership.userId, membership.userInfoJson});
    }
}

} // namespace

AppState describeApp(Application &application) {
    AppState state;
    state.appId = application.settings().id;
    application.channels().forEach([&](Channel &channel) {
        if (channel.presence() != nullptr)
            state.members.push_back(membersOf(channel));
    });
    application.cache().forEach([&](const std::string &channel, const CachedEvent &event) {
        state.cached.push_back({channel, event});
    });
    state.counts = application.counts().told();
    state.recovery = application.recovery().state();
    return state;
}

void restoreApp(const AppState &state, Application &application, ApplicationRegistry &applications,
                std::int64_t now) {
    for (const AppState::Members &members : state.members)
        restoreMembers(members, application, applications);
    const auto most = static_cast<std::size_t>(application.settings().cacheMaxChannels);
    for (const AppState::Cached &cached : state.cached)
        application.cache().store(cached.channel, cached.event, most, now);
    application.counts().resume(state.counts);
    application.recovery().resume(state.recovery);
}

} // namespace pregon
