// SPDX-License-Identifier: MIT

// clang-format off
// A drain on the axis of time:
//
//     begin                                    window            window + DrainPlan::kGrace
//       │ the first slice is closed at once      │ the last one      │
//       ├──────────┬──────────┬──────────┬───────┤                   │
//       │   4200   │   4200   │   4200   │ 4200, │  slow readers may │ they are cut off
//       │          │          │          │ in the│  take what is     │
//       │          │          │          │ last  │  queued for them  │
//       │          │          │          │ second│                   │
//       │          │          │          │ 4100  │                   │
//       └─ begun_ (once)                  unless a successor accepts ┴─ isOver
//
// It is over as soon as nobody is left. New connections get 4100, or wait for the next worker where
// the listening sockets outlive this one (Successor).
// clang-format on

#include "worker/lifecycle/drain.h"

#include "shared/log/log.h"
#include "worker/protocol/pusher_protocol.h"

namespace pregon {

void Drain::begin() {
    if (isOn())
        return;
    plan_.emplace(left(), window_);
    start_ = clock_.steady();
    log(LogLevel::Notice, "worker draining",
        {{"connections", left()}, {"window_seconds", window_.count()}});
    if (begun_)
        begun_();
    tick();
}

void Drain::tick() {
    const std::size_t due = dueNow();
    if (closed_ >= due)
        return;
    const auto why = successor_ == Successor::None && isLastSecond() ? PusherProtocol::kDraining
                                                                     : PusherProtocol::kRestarting;
    for (Connection *connection : applications_.someConnections(due - closed_))
        connection->close(static_cast<std::uint16_t>(why.code), why.text);
    closed_ = due;
}

bool Drain::isLastSecond() const {
    return elapsed() + std::chrono::seconds(1) >= plan_->window();
}

std::size_t Drain::dueNow() const {
    const bool isWindowOver = elapsed() >= plan_->window();
    return isWindowOver ? closed_ + applications_.connectionCount() : plan_->dueBy(elapsed());
}

bool Drain::isOver() const {
    if (!isOn())
        return false;
    return (left() == 0 && !awaitsHandshakes()) || plan_->isPastDeadline(elapsed());
}

std::chrono::milliseconds Drain::elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - start_);
}

} // namespace pregon
