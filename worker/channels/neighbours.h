// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pregon {

class Application;
class Channel;
class Connection;
struct Member;
struct PublishMessage;
struct SignedInUser;

/// A connection that has just entered a channel here.
struct Joining {
    Connection &connection;
    Channel &channel;
    const Member *member = nullptr; ///< null: this is no presence channel
    bool isFirst = false;           ///< the channel had no subscriber here
    bool isNew = false;             ///< the connection was not subscribed before
    bool isNewMember = false;       ///< no connection here was this member
    std::int64_t now = 0;           ///< milliseconds of a steady clock
};

/// A connection that has just signed in here. Its user is registered as online here; its watchlist
/// is not yet watched.
struct SigningIn {
    Connection &connection;
    const std::string &userData; ///< as it was signed, for the answer
    bool isWatchlistCut = false; ///< the user's watchlist is longer than is allowed
    bool isFirst = false;        ///< no other connection here is signed in as the user
};

/// One event for a channel.
struct Publication {
    const PublishMessage &message;
    const Connection *except = nullptr; ///< does not get it; null: all subscribers do
    std::int64_t now = 0;               ///< milliseconds of a steady clock
};

/// The workers that serve the same applications beside this one. Whatever happens to a channel or a
/// user here is reported to them, and they decide what the clients here are told, and when. There
/// are two kinds: Alone, where this worker is the only one, and Cluster. One thread.
class Neighbours {
  public:
    virtual ~Neighbours() = default;

    /// Confirms the subscription to the client, now or when it hears every event of the channel,
    /// and tells the other subscribers.
    virtual void joined(const Joining &joining) = 0;
    /// The member's last connection here has left; it is still among the subscribers.
    virtual void memberLeft(Connection &connection, Channel &channel,
                            const std::string &userId) = 0;
    /// The connection is no subscriber any more. `isLast`: nor is any other here.
    virtual void left(Connection &connection, const std::string &channel, bool isLast) = 0;
    /// Whether this worker knows all members of its presence channels, so that a limit can be
    /// applied before a user joins. If not, `joined` applies it.
    virtual bool isEveryMemberHere() const = 0;

    /// Answers the client, watches its watchlist and tells its watchers.
    virtual void signedIn(const SigningIn &signingIn) = 0;
    /// `user` is signed out on the connection. `isLast`: on every connection here.
    virtual void signedOut(Connection &connection, const SignedInUser &user, bool isLast) = 0;

    /// An event of the API. Returns to how many clients here it has been delivered already.
    virtual std::size_t publish(Application &application, const std::string &channel,
                                const Publication &publication) = 0;
    /// `text` is the whole message that the others get.
    virtual void clientEvent(Connection &sender, const std::string &channel,
                             const std::string &text) = 0;
    /// The connections here that are signed in as the user have been closed by the caller.
    virtual void terminated(Application &application, const std::string &userId) = 0;
};

} // namespace pregon
