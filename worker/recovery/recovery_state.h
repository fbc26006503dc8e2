// SPDX-License-Identifier: MIT
#pragma once

#include "worker/recovery/acknowledgement.h"
#include "worker/recovery/recovery_events.h"

#include <cstdint>
#include <string>
#include <vector>

namespace pregon {

/// What a worker has of one client's place in one channel, for the worker that takes its place.
/// Fields are only added: see kHandOverVersion.
struct PositionState {
    std::string channel;
    Lsn position = 0;
    std::uint32_t settledBy = 0;
    std::uint8_t gap = 0; ///< a Gap
    std::string userId;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.channel);
        fields(self.position);
        fields(self.settledBy);
        fields(self.gap);
        fields(self.userId);
    }
};

/// The same of a connection with a resume token.
struct ResumableState {
    std::string token; ///< empty: it has none
    std::uint8_t role = 0;
    std::uint8_t unknown = 0; ///< a Gap
    bool isUncovered = false;
    bool hasReplayed = false;
    std::uint32_t replays = 0;
    std::uint32_t lifePing = 0;
    std::int64_t takenOverAt = 0;
    Acknowledgement acknowledgement;
    std::vector<PositionState> channels;
    std::vector<PositionState> inherited;
    std::vector<std::uint64_t> sockets;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.token);
        fields(self.role);
        fields(self.unknown);
        fields(self.isUncovered);
        fields(self.hasReplayed);
        fields(self.replays);
        fields(self.lifePing);
        fields(self.takenOverAt);
        fields(self.acknowledgement);
        fields(self.channels);
        fields(self.inherited);
        fields(self.sockets);
    }
};

/// The same of one application: its rings, and the tokens whose connections have ended.
struct RecoveryState {
    struct Event {
        Lsn lsn = 0;
        std::int64_t at = 0;
        std::uint64_t except = 0;
        std::string frame;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.lsn);
            fields(self.at);
            fields(self.except);
            fields(self.frame);
        }
    };
    struct Ring {
        std::string channel;
        Lsn floor = 0;
        std::vector<Event> events;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.channel);
            fields(self.floor);
            fields(self.events);
        }
    };
    struct RetainedToken {
        std::string token;
        bool isShared = false;
        std::string address;
        std::int64_t endedAt = 0;
        std::uint8_t unknown = 0;
        std::uint32_t replays = 0;
        std::vector<std::uint64_t> sockets;
        std::vector<PositionState> channels;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.token);
            fields(self.isShared);
            fields(self.address);
            fields(self.endedAt);
            fields(self.unknown);
            fields(self.replays);
            fields(self.sockets);
            fields(self.channels);
        }
    };

    Lsn lsn = 0;
    std::int64_t forgotAt = 0;
    std::vector<Ring> rings;
    std::vector<RetainedToken> tokens; ///< the oldest first

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.lsn);
        fields(self.forgotAt);
        fields(self.rings);
        fields(self.tokens);
    }
};

} // namespace pregon
