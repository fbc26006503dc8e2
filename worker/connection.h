#pragma once

#include "shared/frame.h"
#include "worker/rate_limiter.h"
#include "worker/timer_wheel.h"
#include "worker/user_registry.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

class Application;
class Channel;
class Connection;

/// Connections with something to send or a close to perform; FanOut empties it.
class DirtyList {
  public:
    void add(Connection &connection) { connections_.push_back(&connection); }
    void remove(const Connection &connection);
    bool isEmpty() const { return connections_.empty(); }
    /// Everything that is dirty now; the list is empty afterwards.
    std::vector<Connection *> take();

  private:
    std::vector<Connection *> connections_;
};

/// Membership of one connection in one channel. Owned by the connection; the channel refers to it.
/// Each side's index makes leaving O(1), however large the channel is.
struct Subscription {
    Connection &connection;
    Channel &channel;
    std::size_t indexInChannel = 0;
    std::size_t indexInConnection = 0;
};

/// Two hooks, so that a connection can wait in two wheels.
struct LivenessHook : TimerHook {};
struct AdmissionHook : TimerHook {};

/// One client: what it is subscribed to, and what waits to be sent to it. Knows no socket.
class Connection : public LivenessHook, public AdmissionHook {
  public:
    static constexpr std::string_view kSlowConsumer = "Slow consumer";

    /// `application` is null for a client that is being refused. `maxQueuedBytes` bounds the
    /// outbound queue.
    Connection(Application *application, std::string socketId, DirtyList &dirty,
               std::size_t maxQueuedBytes);
    ~Connection();

    const std::string &socketId() const { return socketId_; }
    Application *application() const { return application_; }

    /// Queues a frame; FanOut sends it at the end of the loop's turn. A frame that would make a
    /// queue that is not empty exceed its bound closes the connection (4100, so that the client
    /// comes back and knows) and drops the queue. Nothing is queued once a close was asked for.
    void send(const Frame &frame);
    /// Queues a Close frame behind what is queued and ends the connection. The first reason stays.
    void close(std::uint16_t code, std::string_view reason);
    const std::optional<CloseReason> &closing() const { return closing_; }
    /// The socket is gone or ends by other hands: nothing is queued any more.
    void abandon();

    // --- for FanOut ---
    const std::vector<Frame> &outbound() const { return outbound_; }
    std::size_t firstUnsent() const { return firstUnsent_; }
    /// Bytes of the first waiting frame that are with the kernel already.
    std::size_t sentOfFirst() const { return sentOfFirst_; }
    bool hasOutbound() const { return firstUnsent_ < outbound_.size(); }
    std::size_t queuedBytes() const { return queuedBytes_; }
    /// The kernel has taken `bytes` more of what waits. Returns how many frames that completes.
    std::size_t consume(std::size_t bytes);
    /// While blocked (socket full) the connection does not become dirty by new frames.
    void setBlocked(bool blocked) { blocked_ = blocked; }
    bool isBlocked() const { return blocked_; }
    void clearDirty() { dirtyMark_ = false; }

    // --- for ChannelRegistry ---
    std::vector<std::unique_ptr<Subscription>> subscriptions;

    // --- for LwsServer ---
    std::string address; ///< of the client, as its proxy says; empty: it does not
    std::chrono::steady_clock::time_point openedAt{};

    // --- for Liveness ---
    std::uint32_t lastSeen = 0;     ///< Liveness' clock
    std::uint32_t probedAt = 0;     ///< when a ping went out
    bool probed = false;            ///< and it is unanswered
    bool usesControlFrames = false; ///< has sent a WebSocket Ping or Pong

    // --- for ClientCommands ---
    std::unique_ptr<SignedInUser> user; ///< null until signed in
    WindowLimiter messageLimiter;
    TokenBucket clientEventLimiter;
    std::uint32_t openedAtSecond = 0; ///< Admission's clock
    bool hasSpoken = false;           ///< has sent a message
    bool isAuthorized = false;        ///< has signed in, or joined a private or presence channel
    std::uint32_t refusals = 0;       ///< messages that were answered with an error

  private:
    void markDirty();
    void dropUnstarted();
    void dropAll();
    void compact();

    Application *application_;
    std::string socketId_;
    DirtyList &dirty_;
    std::size_t maxQueuedBytes_;
    std::vector<Frame> outbound_;
    std::size_t firstUnsent_ = 0; ///< frames before it are sent and released
    std::size_t sentOfFirst_ = 0;
    std::size_t queuedBytes_ = 0; ///< of whole frames
    std::optional<CloseReason> closing_;
    bool blocked_ = false;
    bool dirtyMark_ = false;
    bool abandoned_ = false;
};

} // namespace pregon
