// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/application.h"
#include "worker/clients/lws_server.h"
#include "worker/cluster/sharing.h"
#include "worker/handover/hand_over_link.h"
#include "worker/ipc/ipc_server.h"
#include "worker/lifecycle/worker_figures.h"
#include "worker/lifecycle/worker_sockets.h"
#include "worker/loop/event_loop.h"
#include "worker/webhooks/webhooks.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pregon {

/// What belongs to a worker as a whole, for the one that takes its place. Fields are only added:
/// see kHandOverVersion.
struct WorkerState {
    WorkerFigures figures;
    std::vector<std::string> listeners; ///< `ws` or `ipc`, in the order of the descriptors
    std::vector<std::string> files;     ///< of Unix-domain sockets: to be removed at the end
    bool outliveUs = false;             ///< WorkerSockets'
    bool isOneOfSeveral = false;        ///< a ClusterState comes, too

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.figures);
        fields(self.listeners);
        fields(self.files);
        fields(self.outliveUs);
        fields(self.isOneOfSeveral);
    }
};

/// The parts of a running worker from which its state is read.
struct WorkerParts {
    ApplicationRegistry &applications;
    LwsServer &server;
    IpcServer &ipc;
    const WorkerFigures &figures;
    const WorkerSockets &sockets;
    Sharing *sharing;           ///< null: the only worker
    const Webhooks *webhooks;   ///< null: no application has any
    std::vector<int> listening; ///< where clients come in; as in `sockets.wsAddresses`
};

/// The giving side: all clients of a running worker go to another process, over a HandOverLink.
/// First the sockets, in slices, while this worker goes on to serve them; then, between two turns
/// of the loop, everything that is known about them, which takes a moment in which nobody is
/// served. Until `switchOver` succeeds this worker has lost nothing and can go on.
class HandOver {
  public:
    using Failed = std::function<void(const Error &)>;
    /// How long the other may take.
    struct Patience {
        std::chrono::seconds greeting; ///< to get ready, and to take each slice
        std::chrono::seconds pause;    ///< in which nobody is served
        std::chrono::seconds redis;    ///< until nothing is on its way to Redis or back
        bool isLast; ///< there is nobody to fall back on: the link to Redis is given up rather
    };

    /// Offers. `failed` is called at most once, if the other refuses or ends; destroy this then.
    HandOver(EventLoop &loop, WorkerParts parts, UniqueFd link, const HandOverOffer &offer,
             Patience patience, Failed failed);
    ~HandOver();
    HandOver(const HandOver &) = delete;

    /// The other has every socket there is: call switchOver at the end of a turn, after the flush.
    bool isDue() const { return isDue_; }
    /// Once a second, for the time limit.
    void tick();
    /// Before that, and in the same turn: nothing is on its way to Redis or back. Blocks for a
    /// moment; false: not now, ask again at the next turn.
    bool settles();
    /// Blocks. Done: the other serves, and this process may do nothing but end, without closing
    /// anything properly.
    Result<Done> switchOver();
    /// After a switchOver that failed, and once the other has been killed: it had begun to serve
    /// all the same, so that this worker cannot go on as if nothing had been.
    bool hasOtherServed();
    /// Clients handed over.
    std::size_t clients() const { return clients_; }
    int link() const { return link_.socket(); }

  private:
    void ready();
    void giveSlice();
    Result<Done> give();
    Result<Done> giveWorker();
    Result<Done> giveClients();
    Result<Done> giveApps();
    Result<Done> giveCluster();
    Result<Done> giveWebhooks();
    Result<Done> givePeers();
    Result<Done> finish();
    void fail(const Error &error);

    WorkerParts parts_;
    HandOverLink link_;
    Patience patience_;
    Failed failed_;
    HandOverLink::Deadline until_; ///< of the greeting or slice, then of the pause
    HandOverLink::Deadline settleUntil_, settleNext_;
    bool isGreeted_ = false;
    bool isDue_ = false;
    std::size_t clients_ = 0;
    std::unique_ptr<EventLoop::Watch> watch_;
};

} // namespace pregon
