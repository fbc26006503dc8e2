// SPDX-License-Identifier: MIT
#pragma once

#include "worker/handover/hand_over.h"
#include "worker/lifecycle/program.h"

#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace pregon {

/// Replaces the program under its clients. The file that this process was started from, by now
/// perhaps another release, is started as a child, which takes all clients over; then this process
/// becomes that program by exec, and takes them back from the child, which ends. So the process id
/// stays, and with it whatever watches over it: systemd, supervisor, a shell.
///
/// A new program that cannot load the state (kHandOverVersion), or ends before it has taken over,
/// leaves this one serving. While the second half lasts the child serves: should the new program
/// fail then, in spite of the first, all that is lost are connections, as if it had crashed.
class Upgrade {
  public:
    /// Descriptor of the HandOverLink, in an environment variable: makes a starting worker take
    /// over.
    static constexpr const char *kLinkVariable = "PREGON_TAKE_OVER";

    /// The link, if this process is to take over, and takes the variable out of the environment.
    static std::optional<UniqueFd> linkFromParent();

    /// SIGTERM, SIGINT and SIGHUP wait while the clients change hands, also over an exec.
    static void blockSignals();
    static void unblockSignals();

    /// Borrows `loop` and `figures`, in which it says how things stand. `parts` is called when an
    /// upgrade begins.
    Upgrade(EventLoop &loop, WorkerFigures &figures, Program program,
            std::function<WorkerParts()> parts);
    ~Upgrade();
    Upgrade(const Upgrade &) = delete;

    /// Starts the new program. BadRequest if an upgrade is under way, Unavailable if that fails.
    Result<Done> begin();
    /// The second half, in the child: gives everything back over the same link. `lost` is called if
    /// the other has ended, and with it all that this process was there for.
    void giveBack(UniqueFd link, std::function<void()> lost);
    /// The second half is over, in the parent: the child ends now.
    void takenBack() { hasChild_ = true; }
    /// This worker is about to end, or the new program is not wanted any more: it is killed.
    void cancel(const std::string &why);
    /// Once a second: time limits, and the end of a child.
    void tick();
    /// At the end of each turn, after the flush. Does not return once the clients have changed
    /// hands.
    void switchIfDue();

    bool isOn() const { return handOver_.has_value(); }

  private:
    Result<UniqueFd> spawn();
    void fail(const std::string &reason);
    std::string endOfChild();
    bool letSignalsIn();
    [[noreturn]] void become();

    EventLoop &loop_;
    WorkerFigures &figures_;
    Program program_;
    std::function<WorkerParts()> parts_;
    std::function<void()> lost_; ///< set in the child
    std::optional<HandOver> handOver_;
    std::optional<std::string> failure_; ///< of the hand-over, to be dealt with outside of it
    int lastTurns_ = 0;                  ///< since signals are blocked
    pid_t child_ = -1;                   ///< the new program, during the first half
    bool hasChild_ = false;              ///< one has ended, or is about to
};

} // namespace pregon
