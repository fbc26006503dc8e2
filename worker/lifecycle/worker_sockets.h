// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/process/handed_sockets.h"
#include "shared/result.h"
#include "shared/unix_socket.h"

#include <vector>

namespace pregon {

/// What the worker listens on.
struct WorkerSockets {
    std::vector<UniqueFd> ws;
    UniqueFd ipc;
    std::vector<ListenAddress> wsAddresses; ///< where `ws` really listen
    ListenAddress ipcAddress;
    std::vector<SocketFile> files; ///< made here: to be removed at the end
    bool outliveUs = false; ///< the `ws` are systemd's: connections wait for the next process
};

/// Takes the sockets that systemd handed over, named `ws` (any number) and `ipc` (one, a
/// Unix-domain socket). They replace PREGON_WS_LISTEN and PREGON_IPC_SOCKET, each its own; what was
/// not handed over is opened as configured. BadRequest for another name, Unavailable with the
/// address if one cannot be opened.
Result<WorkerSockets> openWorkerSockets(const AppConfig &config, std::vector<HandedSocket> handed);

/// Takes those of the worker whose place this one takes, under the same names, where that one
/// opened them. BadRequest if it is no set for a worker.
Result<WorkerSockets> takeWorkerSockets(const std::vector<std::string> &names,
                                        std::vector<UniqueFd> sockets);

} // namespace pregon
