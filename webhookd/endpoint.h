// SPDX-License-Identifier: MIT
#pragma once

#include "webhookd/back_off.h"
#include "webhookd/endpoint_state.h"
#include "webhookd/hook_request.h"
#include "webhookd/pending_events.h"
#include "webhookd/spool_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace pregon {

/// One endpoint: its events from arrival to delivery (spec webhooks §3 to §5). It decides what is
/// sent and when; another part sends. It waits for no other endpoint.
class Endpoint {
  public:
    struct Counters {
        std::uint64_t delivered = 0;                           ///< events
        std::uint64_t failed = 0;                              ///< attempts
        std::uint64_t tooOld = 0, overflowed = 0, refused = 0; ///< events that were dropped
    };
    struct Attempt {
        std::string id;
        HookRequest request;
    };

    /// Reads the spool. Unavailable or BadRequest with the path if that cannot be done.
    static Result<std::unique_ptr<Endpoint>> open(const std::string &path, HookTarget target);
    Endpoint(const Endpoint &) = delete;

    /// Settings that were read again. A receiver that wanted nothing more is tried again.
    void change(HookTarget target);

    /// Events of its application; those that it has already are passed over.
    void take(const HookBatch &batch, HookTime now);
    /// Forms the bodies that are due and writes what is new to the disk. Unavailable: the disk does
    /// not take it; call it again later, nothing is lost meanwhile.
    Result<Done> commit(HookTime now, PendingEvents::When when);
    /// This worker's events up to that number are on disk, as far as they are wanted.
    bool hasStored(std::string_view origin, std::uint64_t number) const {
        return !state_.mustSync() && !pending_.has(origin, number);
    }

    /// What is to be sent now. Gives up what is too old before.
    std::optional<Attempt> nextAttempt(HookTime now);
    /// How the attempt with that id has ended.
    void finished(const std::string &id, const HookOutcome &outcome, HookTime now);
    /// As an operator asks for: no waiting after a failure.
    void tryNow();
    /// When to ask for the next attempt again, milliseconds of the steady clock; nullopt: not
    /// before something happens.
    std::optional<std::int64_t> attemptAt(HookTime now) const;
    /// When to commit again, likewise.
    std::optional<std::int64_t> commitAt() const;

    /// The endpoint is not configured any more.
    void removeSpool() { file_.remove(); }
    const HookTarget &target() const { return target_; }
    const std::string &path() const { return file_.path(); }
    const std::string &spooledUrl() const { return state_.owner().url; }
    const WaitingBodies &waiting() const { return state_.waiting(); }
    std::size_t waitingEvents() const { return state_.waiting().events() + pending_.size(); }
    const Counters &counters() const { return counters_; }
    bool isGone() const { return isGone_; }
    const std::string &lastOutcome() const { return lastOutcome_; }
    unsigned failures() const { return backOff_.failures(); }
    std::int64_t notBefore() const { return backOff_.notBefore(); }

  private:
    Endpoint(SpoolFile file, HookTarget target);

    Result<Done> load();
    Result<Done> write();
    void takeEvent(const HookEvent &event, const HookBatch &batch, std::uint64_t number,
                   HookTime now);
    void takeState(const HookEvent &event, const HookBatch &batch, std::uint64_t number,
                   HookTime now);
    void settle(const HookBatch &batch, std::uint64_t number, HookTime now);
    /// The endpoint wants the event. `batch`: null for a final state, which no worker has sent.
    void await(const HookEvent &event, const HookBatch *batch, std::uint64_t number, HookTime now);
    void formBodies(HookTime now, PendingEvents::When when);
    void markTaken();
    void dropOverLimit(HookTime now);
    void dropTooOld(HookTime now);
    void skipBelieved();
    void succeeded(WaitingBodies::Place body, HookTime now);
    void gone();
    void warnOfDrop(const char *why, HookTime now);
    PendingEvents::Limits limits() const;

    SpoolFile file_;
    HookTarget target_;
    EndpointState state_;
    PendingEvents pending_;
    BackOff backOff_;
    Counters counters_;
    /// By worker, the number of the last event that was taken; some may be in no body yet.
    TextMap<std::uint64_t> taken_;
    bool isGone_ = false;
    std::string lastOutcome_;
    std::int64_t warnedAt_ = 0;
};

} // namespace pregon
