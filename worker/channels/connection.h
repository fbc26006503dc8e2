// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"
#include "worker/channels/frame_queue.h"
#include "worker/channels/subscription.h"
#include "worker/channels/user_registry.h"
#include "worker/loop/timer_wheel.h"
#include "worker/protocol/rate_limiter.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

class Application;
class Connection;
class ResumableClient;

/// Connections with something to send or a close to perform; FanOut empties it.
class DirtyList {
  public:
    void add(Connection &connection) { connections_.push_back(&connection); }
    void remove(const Connection &connection);
    bool isEmpty() const { return connections_.empty(); }
    /// Everything that is dirty now, in place of what `into` holds; the list is empty afterwards.
    void take(std::vector<Connection *> &into);

  private:
    std::vector<Connection *> connections_;
};

/// What all connections' queues share.
struct Outbound {
    /// However much comes in one turn of the loop, not more frames than these wait for its end:
    /// that is a few milliseconds of queueing. Fewer leave together then, and nobody waits long.
    static constexpr std::size_t kMaxStaged = 1 << 16;

    DirtyList dirty;
    /// What a frame that waits in a queue costs besides its bytes.
    static constexpr std::size_t kReferenceBytes = 40;
    std::size_t ringBytes = 0; ///< of memory that frames take which recovery keeps

    std::size_t maxQueuedBytes = 0;                                  ///< the bound of each queue
    std::size_t maxMemory = std::numeric_limits<std::size_t>::max(); ///< the bound of all together
    std::size_t queuedBytes = 0;  ///< of all queues together, a shared frame once for each
    std::size_t queuedFrames = 0; ///< in all queues together
    std::size_t unfinished = 0;   ///< bytes of memory of messages that have come in part, of all
    std::size_t staged = 0;       ///< frames that were queued since FanOut's last flush
    bool isCrowded = false;       ///< a queue has grown much since then

    bool isFlushDue() const { return staged >= kMaxStaged || isCrowded || isOverMemory(); }
    /// Bytes of memory that all queues and unfinished messages take together: a shared frame counts
    /// once.
    std::size_t memory() const {
        const std::size_t frames = Frame::memory();
        return frames - std::min(frames, ringBytes) + queuedFrames * kReferenceBytes + unfinished;
    }
    bool isOverMemory() const { return memory() > maxMemory; }
};

// Two hooks, so that a connection can wait in two wheels.

/// What Liveness knows of a connection, in seconds of its own clock.
class LivenessHook : public TimerHook {
  public:
    /// A ping went out and is unanswered.
    bool isProbed() const { return isProbed_; }
    /// The client has sent a WebSocket Ping.
    bool sendsPings() const { return sendsPings_; }
    void notePing() { sendsPings_ = true; }

  private:
    friend class Liveness;
    std::uint32_t lastSeen_ = 0;
    std::uint32_t probedAt_ = 0;
    bool isProbed_ = false;
    bool sendsPings_ = false;
};

/// What Admission waits for.
class AdmissionHook : public TimerHook {
  public:
    /// The client has sent a message.
    bool hasSpoken() const { return hasSpoken_; }
    void noteMessage() { hasSpoken_ = true; }
    /// It has signed in, or joined a private or presence channel.
    bool isAuthorized() const { return isAuthorized_; }
    void noteAuthorized() { isAuthorized_ = true; }

  private:
    friend class Admission;
    std::uint32_t openedAtSecond_ = 0; ///< of Admission's own clock
    bool hasSpoken_ = false;
    bool isAuthorized_ = false;
};

/// One client: what it is subscribed to, and what waits to be sent to it. Knows no socket.
class Connection : public LivenessHook, public AdmissionHook {
  public:
    static constexpr std::string_view kSlowConsumer = "Slow consumer";

    /// `application` is null for a client that is being refused. Borrows `outbound`.
    Connection(Application *application, std::string socketId, Outbound &outbound);
    ~Connection();

    const std::string &socketId() const { return socketId_; }
    Application *application() const { return application_; }

    /// Queues a frame; FanOut sends it at the end of the loop's turn, or as soon as a flush is due.
    /// While the socket is full, a frame that would make the queue exceed its bound closes the
    /// connection (4100, so that the client comes back and knows) and drops the queue. Nothing is
    /// queued once a close was asked for.
    void send(const Frame &frame);
    /// The same for a presence list, as long as its channel is large: the bound counts what is
    /// queued besides lists, and these may have eight times as much, or one list whatever its size.
    void sendList(const Frame &frame);
    /// So many bytes more do not reach the queue's bound.
    bool hasRoomFor(std::size_t bytes) const {
        return queuedBytes_ + bytes <= outbound_.maxQueuedBytes;
    }
    /// Queues a Close frame behind what is queued and ends the connection. The first reason stays.
    void close(std::uint16_t code, std::string_view reason);
    /// Drops what is queued and closes as a slow consumer, as `send` does at the bound.
    void closeAsSlow();
    /// Null until a close was asked for.
    const CloseReason *closing() const { return closing_.get(); }
    /// The socket is gone or ends by other hands: nothing is queued any more.
    void abandon();

    // --- for a hand-over, on a new connection ---
    /// Queues a whole frame.
    void resume(const Frame &frame) {
        enqueue(frame);
        listBytes_ = queuedBytes_; // which of them are lists is not told
    }
    /// Of the first of them the kernel has so many bytes already.
    void resumeSent(std::size_t sentOfFirst);
    /// A close was asked for; its frame is among those, or out.
    void resumeClosing(CloseReason why);

    // --- for FanOut ---
    int socket = -1; ///< its owner's; -1: cannot be written to
    const FrameQueue &queue() const { return queue_; }
    /// Bytes of the first waiting frame that are with the kernel already.
    std::size_t sentOfFirst() const { return sentOfFirst_; }
    bool hasOutbound() const { return !queue_.empty(); }
    std::size_t queuedBytes() const { return queuedBytes_; }
    /// Bytes of memory that closing as slow would give back. Costs a look at each frame.
    std::size_t queueMemory() const;
    /// A message takes so many bytes that has come in part; 0: there is none.
    void holdUnfinished(std::size_t bytes) {
        outbound_.unfinished -= unfinished_;
        unfinished_ = closing_ || abandoned_ ? 0 : bytes; // what is closing holds it not for long
        outbound_.unfinished += unfinished_;
    }
    /// The kernel has taken `bytes` more of what waits. Returns how many frames that completes.
    std::size_t consume(std::size_t bytes);
    /// While blocked (socket full) the connection does not become dirty by new frames.
    void setBlocked(bool blocked) { blocked_ = blocked; }
    bool isBlocked() const { return blocked_; }
    void clearDirty() { dirtyMark_ = false; }

    // --- for ChannelRegistry ---
    SubscriptionList subscriptions;

    // --- for Reception ---
    /// The client's address, as its proxy tells it; empty: it does not.
    const std::string &address() const { return address_; }
    std::chrono::steady_clock::time_point openedAt() const { return openedAt_; }
    void cameFrom(std::string address, std::chrono::steady_clock::time_point openedAt) {
        address_ = std::move(address);
        openedAt_ = openedAt;
    }
    bool isCounted = false; ///< among the connections of its address
    bool hasLeft = false;   ///< its channels, or will have in a moment

    // --- for Recovery ---
    std::unique_ptr<ResumableClient> resumable; ///< null: it has no resume token

    // --- for ClientCommands ---
    std::unique_ptr<SignedInUser> user; ///< null until signed in
    WindowLimiter messageLimiter;
    TokenBucket clientEventLimiter;
    std::uint32_t refusals = 0;      ///< messages that were answered with an error
    std::uint32_t refusalsInRow = 0; ///< since the last one that was not

  private:
    void markDirty();
    void enqueue(const Frame &frame);
    void dropUnstarted();
    void dropAll();

    Outbound &outbound_;
    FrameQueue queue_;
    std::size_t sentOfFirst_ = 0;
    std::size_t queuedBytes_ = 0; ///< of whole frames
    std::size_t listBytes_ = 0;   ///< of them, at most so many of lists
    std::size_t unfinished_ = 0;  ///< as holdUnfinished was told
    std::unique_ptr<const CloseReason> closing_;
    Application *application_;
    std::string socketId_;
    std::string address_;
    std::chrono::steady_clock::time_point openedAt_{};
    bool blocked_ = false;
    bool dirtyMark_ = false;
    bool abandoned_ = false;
};

} // namespace pregon
