// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/presence.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pregon {

/// What a worker knows as one of several, for the worker that takes its place under the same name
/// in Redis. Fields are only added: see kHandOverVersion.
struct ClusterState {
    /// One that has subscribers here.
    struct Channel {
        std::string appId;
        std::string name;
        std::uint64_t version = 0;
        std::vector<Member> members; ///< of all workers, in the order in which they joined
        std::uint64_t cachedVersion = 0;
        std::vector<std::string> lacking; ///< socket ids; see ClusterChannels
        std::uint64_t countVersion = 0;   ///< of the number told last

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.appId);
            fields(self.name);
            fields(self.version);
            fields(self.members);
            fields(self.cachedVersion);
            fields(self.lacking);
            fields(self.countVersion);
        }
    };
    /// Taken here, and not yet back from Redis. As ClusterEvents::Event.
    struct Event {
        std::uint64_t sequence = 0;
        std::string appId;
        std::string channel;
        char kind = 'E';
        std::string exceptSocketId;
        std::string body;
        std::int64_t answeredAt = 0;
        bool mayStayAway = false;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.sequence);
            fields(self.appId);
            fields(self.channel);
            fields(self.kind);
            fields(self.exceptSocketId);
            fields(self.body);
            fields(self.answeredAt);
            fields(self.mayStayAway);
        }
    };

    struct App {
        std::string id;
        std::uint64_t connectionsElsewhere = 0;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.id);
            fields(self.connectionsElsewhere);
        }
    };

    std::string redis;      ///< whose these are: Sharing's
    std::string host, port; ///< where that is, as of now
    std::string origin;
    std::string worker;
    std::vector<std::string> formerNames;
    std::uint64_t lastSequence = 0;
    std::int64_t enteredAt = 0; ///< milliseconds of the steady clock, which all processes share
    bool isWanting = false;
    std::vector<App> apps;
    std::vector<Channel> channels;
    std::vector<std::string> userTopics; ///< ClusterUsers'
    std::vector<Event> events;
    std::vector<std::string> keptTopics; ///< ClusterChannels'

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.redis);
        fields(self.host);
        fields(self.port);
        fields(self.origin);
        fields(self.worker);
        fields(self.formerNames);
        fields(self.lastSequence);
        fields(self.enteredAt);
        fields(self.isWanting);
        fields(self.apps);
        fields(self.channels);
        fields(self.userTopics);
        fields(self.events);
        fields.since(4, self.keptTopics);
    }
};

} // namespace pregon
