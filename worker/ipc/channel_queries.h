// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_message.h"
#include "shared/json/json.h"
#include "worker/channels/application.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Answers about an application's channels, as JSON for the HTTP API (spec pusher-http-api §3.5,
/// §4). `now` in milliseconds of a steady clock, for the age of what is cached.
namespace ChannelQueries {

/// The answer of `channels`, made in pieces.
class Listing {
  public:
    /// Borrows the application.
    Listing(Application &application, ChannelsQuery query, std::int64_t now);
    /// Looks at `room` channels and some, and takes them off it. True: the listing is whole. Begins
    /// anew if the number of channels has grown much since the last call.
    bool goOn(std::size_t &room);
    std::string take() { return json_.take(); }

  private:
    void begin();

    Application *application_;
    ChannelsQuery query_;
    std::int64_t now_;
    JsonWriter json_;
    WalkPlace place_;
};

/// `{"channels":{"news":{…}}}`: the occupied ones whose names begin with the prefix.
std::string channels(Application &application, const ChannelsQuery &query, std::int64_t now);
/// `[{…},…]`: one object for each channel asked for, empty where nothing applies.
std::string channelInfo(Application &application, const ChannelInfoQuery &query, std::int64_t now);
/// `{"users":[{"id":"7"}]}`: the users of a presence channel, in the order in which they joined.
std::string users(Application &application, std::string_view channel);

} // namespace ChannelQueries

} // namespace pregon
