// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/fields.h"
#include "worker/handover/hand_over.h"

#include <functional>
#include <vector>

namespace pregon {

/// The taking side, in a process that has just started and has not run its loop: receives another
/// worker's clients and puts them in place. Calls block. On any failure the other worker goes on,
/// and this process must end at once, closing nothing properly: the sockets are the other's too.
class TakeOver {
  public:
    /// Makes the rest of the worker out of its listening sockets, one for each of
    /// WorkerState::listeners; the IPC server that is to take the peers, or why there is none.
    using Open = std::function<Result<IpcServer *>(const WorkerState &, std::vector<UniqueFd>)>;

    /// Makes it one of several, if the other was, with the sockets to Redis; or why it cannot be.
    using Share = std::function<Result<Done>(const ClusterState &, std::vector<UniqueFd>)>;

    /// Goes on with what the other knows of webhooks, if it has any.
    using TakeWebhooks = std::function<void(WebhooksState)>;

    /// Borrows all but `link`.
    TakeOver(UniqueFd link, LwsServer &server, ApplicationRegistry &applications,
             const Clock &clock, Open open, Share share, TakeWebhooks takeWebhooks)
        : link_(std::move(link)), server_(server), applications_(applications), clock_(clock),
          open_(std::move(open)), share_(std::move(share)), takeWebhooks_(std::move(takeWebhooks)) {
    }

    /// Until the other has stopped and everything is this process's.
    Result<Done> run();

    const HandOverOffer &offer() const { return offer_; }
    /// For the next hand-over, where this one is interim.
    UniqueFd releaseLink() { return link_.release(); }

  private:
    Result<Done> take();
    Result<Done> greet();
    Result<bool> takeMessage(HandOverMessage message);
    /// For the payload of `message`, in the version that the giver writes.
    FieldReader fieldsOf(const HandOverMessage &message) const;
    Result<Done> takeWorker(HandOverMessage &message);
    Result<Done> takeClients(HandOverMessage &message);
    Result<Done> takeApp(const HandOverMessage &message);
    Result<Done> takeCluster(HandOverMessage &message);
    Result<Done> takeHooks(const HandOverMessage &message);
    Result<Done> takePeers(HandOverMessage &message);
    Result<Done> begin();

    HandOverLink link_;
    LwsServer &server_;
    ApplicationRegistry &applications_;
    const Clock &clock_;
    Open open_;
    Share share_;
    TakeWebhooks takeWebhooks_;
    bool awaitsCluster_ = false;
    HandOverOffer offer_;
    IpcServer *ipc_ = nullptr;
    std::vector<Frame> frames_; ///< by their numbers
};

} // namespace pregon
