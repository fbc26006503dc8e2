// SPDX-License-Identifier: MIT
#pragma once

#include "shared/process/daemon.h"
#include "worker/lifecycle/program.h"
#include "worker/lifecycle/worker_sockets.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

inline constexpr std::string_view kKeepListeningOption = "--keep-listening";

/// `pregon-worker --keep-listening`, for machines where no systemd holds the sockets: a parent that
/// opens the listening sockets, starts the worker with them as systemd would (LISTEN_FDS), and
/// starts it again when it has ended (RestartBackoff). While no worker runs, new connections wait
/// in the accept queues. The parent accepts none and does no other work.
///
/// SIGTERM and SIGINT end both: the worker gets SIGINT, which tells it that the sockets end too. So
/// does each further one, and the second ends the worker at once. SIGHUP is passed on; while no
/// worker runs it starts one without delay. If the parent is killed, the kernel kills the worker:
/// nothing would start that one again. An upgrade keeps the worker's process, and so its parent,
/// which goes on with its old program and starts workers from the installed file.
///
/// Returns the exit status: 1 if the configuration is not valid or a socket cannot be opened (the
/// reason is in the log), and if the last worker has failed.
int keepListening(const DaemonOptions &options, const Program &program);

/// The worker's arguments: the parent's without the option.
std::vector<std::string> workersArguments(const std::vector<std::string> &arguments);

/// One listening socket that the worker gets, and its name there (LISTEN_FDNAMES).
struct NamedSocket {
    std::string name;
    int fd = -1;
};
std::vector<NamedSocket> socketsToHandOver(const WorkerSockets &sockets);

/// The value of LISTEN_FDNAMES.
std::string joinedNames(const std::vector<NamedSocket> &sockets);

} // namespace pregon
