// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Who a connection is in a presence channel (spec pusher-websocket §5.1).
struct Member {
    std::string userId;
    std::string userInfoJson; ///< verbatim; empty: the member has no user_info

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.userId);
        fields(self.userInfoJson);
    }
};

/// The members of a presence channel as JSON, without the brackets around: `"1","2"` and
/// `"1":{…},"2":null`.
struct MemberLists {
    std::string ids, hash;

    /// `userInfoJson` empty: null.
    void append(std::string_view userId, std::string_view userInfoJson);
};

/// The user who has signed in on a connection (spec pusher-websocket §8).
struct SignedInUser {
    std::string id;
    std::string userInfoJson;           ///< verbatim; empty: none
    std::vector<std::string> watchlist; ///< distinct ids, at most kMaxWatchlist

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.id);
        fields(self.userInfoJson);
        fields(self.watchlist);
    }
};

inline constexpr std::size_t kMaxWatchlist = 100;

} // namespace pregon
