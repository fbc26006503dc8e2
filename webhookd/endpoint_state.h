// SPDX-License-Identifier: MIT
#pragma once

#include "webhookd/key_states.h"
#include "webhookd/spool_record.h"
#include "webhookd/waiting_bodies.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace pregon {

/// What a spool file says, and what is to be written into it: everything of an endpoint that
/// outlives the process. Each change is made in memory at once and recorded for the file. Knows no
/// file. Pure.
class EndpointState {
  public:
    /// One record of the file, in its order.
    void replay(SpoolKind kind, std::string_view fields);

    void addBody(WaitingBody body);
    /// The receiver has it, or believes it already.
    WaitingBodies::Place delivered(WaitingBodies::Place place);
    /// It is given up.
    WaitingBodies::Place dropped(WaitingBodies::Place place);
    /// Without a body that reports it.
    void setState(std::string_view key, bool isThere);
    void restart();
    void mark(const std::string &origin, std::uint64_t number);
    /// The number up to which this worker's events are known.
    std::uint64_t markOf(std::string_view origin) const;

    KeyStates &keys() { return keys_; }
    WaitingBodies &waiting() { return waiting_; }
    const WaitingBodies &waiting() const { return waiting_; }
    const SpoolOwner &owner() const { return owner_; }
    void belongsTo(const SpoolOwner &owner);

    /// To be appended to the file; empty if there is nothing new.
    const std::string &unwritten() const { return unwritten_; }
    /// Of `unwritten`, something must be on disk before it counts.
    bool mustSync() const { return mustSync_; }
    void written();
    /// The whole file anew, without what is over.
    std::string snapshot() const;

  private:
    void replayBody(FieldReader &fields);
    void replayDone(FieldReader &fields);
    void replayState(FieldReader &fields);
    void replayBelief(FieldReader &fields);
    void record(std::string bytes, bool mustSync);
    void tellDone(const WaitingBody &body, bool isDelivered);
    void noteMark(const std::string &origin, std::uint64_t number);

    SpoolOwner owner_;
    KeyStates keys_;
    WaitingBodies waiting_;
    std::deque<std::pair<std::string, std::uint64_t>> marks_; ///< of the last few workers
    std::string unwritten_;
    bool mustSync_ = false;
};

} // namespace pregon
