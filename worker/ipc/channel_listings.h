// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_message.h"
#include "worker/ipc/channel_queries.h"

#include <cstddef>
#include <deque>
#include <functional>

namespace pregon {

/// The answers to listings of all channels of an application. A long one is made over several turns
/// of the loop, so that clients are served meanwhile; a channel that comes or goes in between may
/// be missing or listed. Borrows the applications.
class ChannelListings {
  public:
    static constexpr std::size_t kPerTurn = 5000; ///< channels, of all listings together

    /// `answer` is called once, at once if there are few channels.
    void begin(Application &application, const ChannelsQuery &query, std::int64_t now,
               std::function<void(ReplyMessage)> answer);
    /// Once in each turn of the loop. True: there is more for the next one.
    bool turn();
    /// Answers everything that was asked.
    void finish();

  private:
    struct Job {
        ChannelQueries::Listing listing;
        std::function<void(ReplyMessage)> answer;
    };
    void goOn();

    std::size_t room_ = kPerTurn; ///< channels in what is left of the turn
    std::deque<Job> jobs_;
};

} // namespace pregon
