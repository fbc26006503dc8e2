// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"
#include "worker/clients/admission.h"
#include "worker/clients/liveness.h"
#include "worker/recovery/recovery_state.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace pregon {

/// What a worker knows of one client, for the worker that takes its place. Fields are only
/// added: see kHandOverVersion.
struct ClientState {
    std::uint32_t ticket = 0; ///< of the socket that was sent before; 0: it comes along
    bool isOpen = false;      ///< a WebSocket; else its HTTP request is not whole yet
    std::string received;     ///< what has come of the request, or WsDecoder::unfinished
    std::string appId;        ///< empty: the client has been refused
    std::string socketId;
    std::string address;
    std::int64_t openedAt = 0; ///< nanoseconds of the steady clock, which all processes share
    bool isDeaf = false;       ///< nothing that still comes matters
    bool isEnding = false;     ///< out of every channel; its close is under way
    bool peerHasClosed = false;
    std::uint16_t closeCode = 0; ///< of the Close that is asked for; 0: none
    std::string closeReason;
    std::vector<std::uint32_t> queue; ///< whole frames, by their numbers in FrameNumbers
    std::uint64_t sentOfFirst = 0;

    Silence silence;
    std::uint32_t ageSeconds = 0; ///< Admission's
    bool sendsPings = false;
    bool hasSpoken = false;
    bool isAuthorized = false;
    std::uint32_t refusals = 0;
    WindowLimiter messageLimiter;
    TokenBucket clientEventLimiter;
    bool isSignedIn = false;
    SignedInUser user;
    std::vector<std::string> channels; ///< in the order in which it subscribed; members: AppState
    std::uint32_t refusalsInRow = 0;   ///< the limit counts on across an upgrade
    ResumableState resumable;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.ticket);
        fields(self.isOpen);
        fields(self.received);
        fields(self.appId);
        fields(self.socketId);
        fields(self.address);
        fields(self.openedAt);
        fields(self.isDeaf);
        fields(self.isEnding);
        fields(self.peerHasClosed);
        fields(self.closeCode);
        fields(self.closeReason);
        fields(self.queue);
        fields(self.sentOfFirst);
        fields(self.silence);
        fields(self.ageSeconds);
        fields(self.sendsPings);
        fields(self.hasSpoken);
        fields(self.isAuthorized);
        fields(self.refusals);
        fields(self.messageLimiter);
        fields(self.clientEventLimiter);
        fields(self.isSignedIn);
        fields(self.user);
        fields(self.channels);
        fields.since(3, self.refusalsInRow);
        fields.since(4, self.resumable);
    }
};

/// Frames that wait for several clients go over once. Numbers count from 0, in the order in which
/// the frames were first met.
class FrameNumbers {
  public:
    std::uint32_t of(const Frame &frame) {
        const auto [known, isNew] =
            numbers_.try_emplace(frame.data(), static_cast<std::uint32_t>(numbers_.size()));
        if (isNew)
            fresh_.push_back(frame);
        return known->second;
    }
    /// Those that got their numbers since the last call.
    std::vector<std::string> takeFresh();

  private:
    std::unordered_map<const char *, std::uint32_t> numbers_;
    std::vector<Frame> fresh_;
};

/// What the connection itself knows: all but what LwsServer, Liveness and Admission add.
void describeConnection(const Connection &connection, FrameNumbers &frames, ClientState &state);
/// The reverse, for a connection that is new: its queue, its user, its subscriptions, without
/// telling anybody. Presence comes with AppState. Numbers that `frames` does not have are passed
/// over.
void restoreConnection(Connection &connection, const ClientState &state,
                       const std::vector<Frame> &frames);

} // namespace pregon
