// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/unix_socket.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The version of everything that goes over a HandOverLink: the messages and their payloads.
///
/// A program saves its state in kHandOverVersion. An upgrade goes forward: the running program
/// hands over to a newer one, and that one to itself (worker/handover/upgrade.h). So only a loading
/// program meets other versions than its own. It loads those from kOldestHandOverVersion on and
/// refuses the rest, such as that of a newer program: the running program then serves on.
///
/// A release that adds fields raises kHandOverVersion, once, and marks each with
/// `fields.since(NEW VERSION, …)` (shared/fields.h): it has its default in a state that an older
/// program saved. Nothing else may change: no field is removed, moved or given another type, no
/// HandOverKind gets another number, and a new message is not required of an older program.
/// tests/worker/handover/hand_over_states_test.cpp loads a recorded state of every version.
///
/// kOldestHandOverVersion is at most the version of the release before this one. Raising it makes
/// the marks of older versions unnecessary, and an upgrade from their releases impossible.
inline constexpr std::uint32_t kHandOverVersion = 4;
inline constexpr std::uint32_t kOldestHandOverVersion = 2;

/// What two workers say to each other while one takes the other's place, in this order.
enum class HandOverKind : std::uint8_t {
    Offer = 1, ///< giver: HandOverOffer
    Hello,     ///< taker: it loads that version, and is ready
    Refused,   ///< taker, at any time before Serving: why not. It ends
    Sockets,   ///< giver: with them the sockets of clients, which get the next tickets
    Worker,    ///< giver, which does nothing else from here on: WorkerState, with the listeners
    Client,  ///< giver: a list of further frames, then ClientStates, with the sockets of those that
             ///< have no ticket
    App,     ///< giver: AppState
    Cluster, ///< giver, if it is one of several: ClusterState, with the sockets to Redis
    Peer,    ///< giver: PeerStates, with their sockets
    End,     ///< giver: that was all
    Taken,   ///< taker: understood, everything is in place
    Go,      ///< giver: it is yours
    Serving, ///< taker: it is mine. It has touched no client before it says so
    Webhooks, ///< giver, behind App and Cluster, if an application has webhooks: WebhooksState
};

struct HandOverOffer {
    std::uint32_t version = kHandOverVersion;
    std::string program;    ///< the giver's release
    bool isInterim = false; ///< the taker is to give everything on at once

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.version); // these two first, in every version
        fields(self.program);
        fields(self.isInterim);
    }
    /// BadRequest: malformed, or of a version that this program does not load, with what to do.
    static Result<HandOverOffer> decode(std::string_view payload);
};

struct HandOverMessage {
    HandOverKind kind;
    std::string payload;
    std::vector<UniqueFd> sockets;
};

/// One end of a pair of Unix-domain sockets, for messages with descriptors. Calls block, up to a
/// deadline.
class HandOverLink {
  public:
    using Deadline = std::chrono::steady_clock::time_point;
    static constexpr std::size_t kMaxSockets = 250; ///< the kernel allows 253 at once
    static constexpr std::size_t kMaxPayload = 1 << 30;

    explicit HandOverLink(UniqueFd socket) : socket_(std::move(socket)) {}

    int socket() const { return socket_.get(); }
    UniqueFd release() { return std::move(socket_); }
    /// Something can be received, if only the end.
    bool hasMessage() const;

    /// At most kMaxSockets descriptors, which stay the caller's. Unavailable: the other has gone or
    /// does not read.
    Result<Done> send(HandOverKind kind, std::string_view payload, Deadline until,
                      std::span<const int> sockets = {});
    /// Unavailable: the other has gone or says nothing in time; BadRequest: what it says makes no
    /// sense.
    Result<HandOverMessage> receive(Deadline until);
    /// The same; BadRequest for another kind, with the reason that the other gives if it refuses.
    Result<HandOverMessage> expect(HandOverKind kind, Deadline until);

  private:
    Result<Done> receiveInto(char *to, std::size_t size, Deadline until);

    UniqueFd socket_;
    std::deque<UniqueFd> received_; ///< descriptors that came, in their order
};

} // namespace pregon
