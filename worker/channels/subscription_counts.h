// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pregon {

class Application;
class Channel;

/// Tells a channel's subscribers how many they are, in applications that have it on (spec
/// pusher-websocket §9): at once while they are at most kSmall, else at most every kSeconds and
/// only if the number changed. Not for presence channels.
class SubscriptionCounts {
  public:
    static constexpr std::size_t kSmall = 100;
    static constexpr std::uint32_t kSeconds = 5;

    /// A connection has joined or left.
    void changed(Application &application, Channel &channel);
    /// The cluster's number has changed, of a channel with subscribers here.
    void counted(Application &application, Channel &channel, std::size_t total);
    /// The channel is gone.
    void forget(const std::string &channel) { large_.erase(channel); }
    /// One second has passed.
    void tick(Application &application);

    /// What was told last about a channel above kSmall, for the worker that takes over.
    struct Told {
        std::string channel;
        std::uint64_t told = 0;
        std::uint64_t total = 0;   ///< now
        std::uint32_t seconds = 0; ///< since then

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.channel);
            fields(self.told);
            fields(self.total);
            fields(self.seconds);
        }
    };
    std::vector<Told> told() const;
    void resume(const std::vector<Told> &told);

  private:
    struct Large {
        std::size_t told = 0;     ///< the number that was sent last
        std::size_t total = 0;    ///< the number now
        std::uint32_t toldAt = 0; ///< now_ of that moment
    };
    static void tell(Application &application, Channel &channel, std::size_t total);

    std::uint32_t now_ = kSeconds;
    TextMap<Large> large_; ///< channels above kSmall, by name
};

} // namespace pregon
