#pragma once

#include "worker/presence.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pregon {

/// What a worker knows as one of several, for the worker that takes its place under the same name
/// in Redis. A change of any of it raises kHandOverVersion.
struct ClusterState {
    /// One that has subscribers here.
    struct Channel {
        std::string appId;
        std::string name;
        std::uint64_t version = 0;
        std::vector<Member> members; ///< of all workers, in the order in which they joined
        std::string cachedId;
        std::vector<std::string> lacking; ///< socket ids; see ClusterChannels

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.appId);
            fields(self.name);
            fields(self.version);
            fields(self.members);
            fields(self.cachedId);
            fields(self.lacking);
        }
    };
    /// Taken here, and not yet back from Redis. As Cluster::Event.
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

    std::string redis;      ///< whose these are: Sharing's
    std::string host, port; ///< where that is, as of now
    std::string origin;
    std::string worker;
    std::vector<std::string> formerNames;
    std::uint64_t lastSequence = 0;
    std::int64_t enteredAt = 0; ///< milliseconds of the steady clock, which all processes share
    bool isWanting = false;
    std::vector<Channel> channels;
    std::vector<Event> events;

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
        fields(self.channels);
        fields(self.events);
    }
};

} // namespace pregon
