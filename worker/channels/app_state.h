// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/application.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pregon {

/// What a worker knows of one application beyond its clients, for the worker that takes its place.
/// Fields are only added: see kHandOverVersion.
struct AppState {
    /// One connection in a presence channel.
    struct Membership {
        std::string socketId;
        std::string userId;
        std::string userInfoJson;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.socketId);
            fields(self.userId);
            fields(self.userInfoJson);
        }
    };
    struct Members {
        std::string channel;
        std::vector<Membership> connections; ///< in the order in which their users joined

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.channel);
            fields(self.connections);
        }
    };
    struct Cached {
        std::string channel;
        CachedEvent event;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.channel);
            fields(self.event.eventJson);
            fields(self.event.dataJson);
            fields(self.event.expiresAt);
        }
    };

    std::string appId;
    std::vector<Members> members;
    std::vector<Cached> cached; ///< in the order in which they were stored
    std::vector<SubscriptionCounts::Told> counts;
    RecoveryState recovery;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.members);
        fields(self.cached);
        fields(self.counts);
        fields.since(4, self.recovery);
    }
};

AppState describeApp(Application &application);
/// Once the application's clients are there. Who is not any more, or not in the channel, is passed
/// over. `now` in milliseconds, as ChannelCache counts.
void restoreApp(const AppState &state, Application &application, ApplicationRegistry &applications,
                std::int64_t now);

} // namespace pregon
