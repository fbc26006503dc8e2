// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/config/redis_settings.h"
#include "shared/process/daemon.h"
#include "worker/clients/lws_server.h"
#include "worker/cluster/sharing.h"
#include "worker/handover/take_over.h"
#include "worker/handover/upgrade.h"
#include "worker/ipc/ipc_server.h"
#include "worker/lifecycle/drain.h"
#include "worker/lifecycle/memory_return.h"
#include "worker/lifecycle/worker_sockets.h"
#include "worker/loop/listener.h"
#include "worker/webhooks/webhooks.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pregon {

/// pregon-worker's parts, in the order in which they need each other, and what signals, the clock
/// and the operator make them do. Borrows the configuration and the options.
class Worker {
  public:
    Worker(const AppConfig &config, const DaemonOptions &options, Program program);

    /// Opens the sockets. False, with the reason logged, if it cannot.
    bool start();

    /// In place of `start`: in the place of another worker, whose clients go on here. On false the
    /// process must end at once.
    bool takeOver(UniqueFd link);

    /// Serves until it is told to end. `fileLimit` is for the log.
    void run(std::size_t fileLimit);

  private:
    void openOn(WorkerSockets sockets, const std::set<uid_t> &users);

    Drain::Successor successor() const;
    /// Workers behind the same address of this host.
    bool othersTakeNewcomers() const;

    /// One of several that drains hangs up without an answer: only then does the web server go on
    /// to another, and it comes here first, to the one with the fewest clients.
    void takeNewcomer(UniqueFd newcomer);

    /// Those who have been accepted; all of them where the sockets are about to change hands,
    /// nobody while a worker that starts does not hear the others yet.
    void letIn();

    /// Whoever is not accepted yet waits for the next process.
    void stopListening();
    Result<Done> upgrade();

    /// In the child, when the process that was to take everything back has died: its successor will
    /// have nothing of this, and the clients come back to it.
    void closeAllAtOnce();
    WorkerParts parts();
    static bool complain(const Error &error);
    void share();
    void makeSharing();
    /// For the applications as they are set now.
    void makeWebhooks();
    Result<Done> resumeSharing(const ClusterState &state, std::vector<UniqueFd> sockets);

    /// For `systemctl status`. Costs the number of applications.
    std::string status();
    void drainBegins();

    /// The first signal drains, also while pregonctl's drain is on; the second ends at once.
    void endOrEndAtOnce();
    /// The same where the listening sockets end too: the process that held them ends, or there is
    /// none.
    void endWithSockets();

    /// Applications and limits anew; sockets, connections and what they joined stay. A file that is
    /// not valid changes nothing.
    void reload();
    void apply(const AppConfig &config);
    void tick();

    const AppConfig &config_;
    const DaemonOptions &options_;
    SystemClock clock_;
    EventLoop loop_;
    Outbound outbound_;
    WorkerFigures figures_;
    ChannelEvents events_; ///< of applications without webhooks: says nothing
    ApplicationRegistry applications_;
    std::optional<Webhooks> webhooks_; ///< nothing: no application has any
    ClientCommands clientCommands_;
    Liveness liveness_;
    Admission admission_;
    Drain drain_;
    MemoryReturn memory_;
    IpcCommands ipcCommands_;
    std::optional<Sharing> sharing_; ///< nothing: the only worker
    Reception reception_;
    LwsServer server_;
    WorkerSockets sockets_;
    std::optional<IpcServer> ipcServer_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    Upgrade upgrade_;
    bool isAskedToEnd_ = false;
    bool startsCold_ = false; ///< with no clients
};

} // namespace pregon
