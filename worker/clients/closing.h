// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"

#include <cstdint>
#include <memory>
#include <utility>

namespace pregon {

/// The end of one client, without its socket:
///
///              ours is asked for            all of ours is with the kernel, and theirs has come
///     Open ────────────────────────▶ Ending ──────────────────────────────────────▶ Lingering
///       │                              │       (or nothing of theirs matters)          │
///       │ an HTTP answer has been given│                                               │
///       └──────────────────────────────┼──────────────▶ Lingering                      │
///                                      │ deadline                             deadline │
///                                      └────────────────────▶ Over ◀───────────────────┘
///
/// Ending: out of every channel; the peer has kCloseSeconds to answer our Close frame. Lingering:
/// we have said everything, the sending side is shut down, and what still comes is read and thrown
/// away; closed with bytes unread, the socket would be reset, and the peer could lose our Close.
/// Over: the socket is closed.
class Closing {
  public:
    static constexpr std::uint32_t kCloseSeconds = 5; ///< for a peer that does not answer our Close
    static constexpr std::uint32_t kLingerSeconds = 1; ///< for one that needs not answer
    static constexpr std::uint32_t kHttpLingerSeconds = 2;

    /// A close was asked for, whatever came after that.
    bool hasBegun() const { return hasBegun_; }
    bool isOver() const { return isOver_; }
    /// Nothing that still comes from the peer matters.
    bool isDeaf() const { return isDeaf_; }
    bool peerHasClosed() const { return peerHasClosed_; }
    /// The peer's Close frame, if it came before a close was asked for here; else null.
    const CloseReason *theirs() const { return theirs_.get(); }

    /// The peer has broken the protocol.
    void failed() { isDeaf_ = true; }
    /// The peer's Close frame has come.
    void peerClosed() { peerHasClosed_ = true; }
    /// The same, and it is the first of the two.
    void peerClosedFirst(CloseReason reason);
    /// A close is asked for. False: it was before.
    bool begin() { return !std::exchange(hasBegun_, true); }
    /// Whether to shut down the sending side now: nothing of ours waits, and the peer has closed or
    /// is not listened to. True once.
    bool lingers(bool hasOutbound);
    /// The whole HTTP answer is with the kernel. The same.
    bool lingersAfterAnswer() { return linger(); }
    /// The deadline has passed.
    void over() { isOver_ = true; }

    /// In a hand-over: what another worker knew.
    void resume(bool isDeaf, bool peerHasClosed);

  private:
    bool linger();

    std::unique_ptr<const CloseReason> theirs_;
    bool hasBegun_ = false;
    bool isLingering_ = false;
    bool isOver_ = false;
    bool isDeaf_ = false;
    bool peerHasClosed_ = false;
};

} // namespace pregon
