// SPDX-License-Identifier: MIT
#include "worker/ipc/channel_listings.h"

#include <limits>
#include <utility>

namespace pregon {

void ChannelListings::begin(Application &application, const ChannelsQuery &query, std::int64_t now,
                            std::function<void(ReplyMessage)> answer) {
    jobs_.push_back({ChannelQueries::Listing(application, query, now), std::move(answer)});
    if (jobs_.size() == 1)
        goOn();
}

bool ChannelListings::turn() {
    room_ = kPerTurn;
    goOn();
    return !jobs_.empty();
}

void ChannelListings::finish() {
    room_ = std::numeric_limits<std::size_t>::max();
    goOn();
    room_ = 0;
}

void ChannelListings::goOn() {
    while (!jobs_.empty() && jobs_.front().listing.goOn(room_)) {
        Job done = std::move(jobs_.front());
        jobs_.pop_front();
        done.answer({std::nullopt, done.listing.take()});
    }
}

} // namespace pregon
