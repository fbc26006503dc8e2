// SPDX-License-Identifier: MIT
#include "worker/lifecycle/keep_listening.h"

#include "shared/log/log.h"
#include "shared/process/handed_sockets.h"
#include "worker/lifecycle/process_end.h"
#include "worker/lifecycle/restart_backoff.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <sys/prctl.h>
#include <unistd.h>

namespace pregon {
namespace {

using Steady = std::chrono::steady_clock;

constexpr const char *kPidFile = "keep-listening";

sigset_t handledSignals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
        ::sigaddset(&signals, signal);
    return signals;
}

/// From now on they come by nextSignal only. The worker inherits this, and takes what came during
/// its start when it is ready.
void blockSignals() {
    const sigset_t signals = handledSignals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
        std::signal(signal, SIG_DFL);
}

/// 0: none within the time; nullopt waits for ever.
int nextSignal(std::optional<Steady::duration> within) {
    const sigset_t signals = handledSignals();
    timespec time{};
    if (within) {
        const auto left = std::max(*within, Steady::duration::zero());
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        time.tv_sec = seconds.count();
        time.tv_nsec = std::chrono::nanoseconds(left - seconds).count();
    }
    const int signal = ::sigtimedwait(&signals, nullptr, within ? &time : nullptr);
    return std::max(signal, 0);
}

/// In the child: the sockets as descriptors 3 and following, which survive the exec.
void placeSockets(const std::vector<NamedSocket> &sockets) {
    const int end = kFirstHandedSocket + static_cast<int>(sockets.size());
    std::vector<int> parked; // out of the way of each other
    for (const NamedSocket &socket : sockets)
        parked.push_back(::fcntl(socket.fd, F_DUPFD_CLOEXEC, end));
    for (std::size_t i = 0; i < parked.size(); i++)
        ::dup2(parked[i], kFirstHandedSocket + static_cast<int>(i));
    ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
    ::setenv("LISTEN_FDNAMES", joinedNames(sockets).c_str(), 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
}

/// In the child. A process group of its own: a terminal's Ctrl-C and supervisor's stopasgroup
/// signal the parent, which passes it on; twice would end the worker at once.
[[noreturn]] void becomeWorker(const std::vector<NamedSocket> &sockets, const Program &program,
                               pid_t parent) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(1);
    placeSockets(sockets);
    sigset_t ofTheParent;
    ::sigemptyset(&ofTheParent);
    ::sigaddset(&ofTheParent, SIGCHLD);
    ::sigprocmask(SIG_UNBLOCK, &ofTheParent, nullptr);
    std::vector<std::string> arguments = workersArguments(program.arguments);
    std::vector<char *> pointers;
    for (std::string &argument : arguments)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::execv(program.path.c_str(), pointers.data());
    log(LogLevel::Error, "worker cannot be started",
        {{"program", program.path}, {"reason", std::strerror(errno)}});
    ::_exit(1);
}

/// Holds the sockets and the one worker that has them.
class KeptWorker {
  public:
    KeptWorker(WorkerSockets sockets, Program program)
        : sockets_(std::move(sockets)), program_(std::move(program)) {}

    /// Until it is told to end and the worker has ended; the exit status.
    int run() {
        while (!isStopping_ || isRunning()) {
            const auto now = Steady::now();
            if (!isRunning() && now >= nextStart_)
                start();
            obey(nextSignal(isRunning() ? std::nullopt : std::optional(nextStart_ - now)));
        }
        return exitStatus_;
    }

    void removeFiles() const {
        for (const SocketFile &file : sockets_.files)
            file.remove();
    }

  private:
    bool isRunning() const { return worker_ > 0; }

    void start() {
        started_ = Steady::now();
        const pid_t parent = ::getpid();
        worker_ = ::fork();
        if (worker_ == 0)
            becomeWorker(socketsToHandOver(sockets_), program_, parent);
        if (worker_ < 0) {
            log(LogLevel::Error, "worker cannot be started", {{"reason", std::strerror(errno)}});
            planNextStart();
        }
    }

    void obey(int signal) {
        if (signal == SIGCHLD) {
            reap();
        } else if (signal == SIGHUP) {
            nextStart_ = Steady::now();
            pass(SIGHUP);
        } else if (signal != 0) {
            isStopping_ = true;
            pass(SIGINT);
        }
    }

    void pass(int signal) const {
        if (isRunning())
            ::kill(worker_, signal);
    }

    void reap() {
        int status = 0;
        while (const pid_t ended = ::waitpid(-1, &status, WNOHANG)) {
            if (ended < 0)
                return;
            if (ended == worker_)
                hasEnded(status);
        }
    }

    void hasEnded(int status) {
        const bool isClean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        exitStatus_ = isClean ? 0 : 1;
        const pid_t ended = std::exchange(worker_, 0);
        const auto delay = planNextStart();
        if (isStopping_)
            return;
        log(isClean ? LogLevel::Notice : LogLevel::Warning, "worker ended, starting another",
            {{"pid", ended}, {"reason", describeEnd(status)}, {"delay_ms", delay.count()}});
    }

    std::chrono::milliseconds planNextStart() {
        const auto now = Steady::now();
        const auto delay = backoff_.delayAfter(now - started_);
        nextStart_ = now + delay;
        return delay;
    }

    WorkerSockets sockets_;
    Program program_;
    RestartBackoff backoff_;
    pid_t worker_ = 0; ///< 0, or -1 where it could not be made: none
    Steady::time_point started_, nextStart_;
    bool isStopping_ = false;
    int exitStatus_ = 0;
};

Result<WorkerSockets> openSockets(const AppConfig &config) {
    auto handed = socketsFromSystemd();
    if (!handed)
        return tl::unexpected<Error>(handed.error());
    auto sockets = openWorkerSockets(config, std::move(*handed));
    if (!sockets)
        return sockets;
    if (const auto written = writePidFile(config, kPidFile); !written)
        return tl::unexpected<Error>(written.error());
    return sockets;
}

} // namespace

int keepListening(const DaemonOptions &options, const Program &program) {
    const auto config = readConfiguration(options);
    if (!config)
        return 1;
    auto sockets = openSockets(*config);
    if (!sockets) {
        log(LogLevel::Error, "worker cannot start", {{"reason", sockets.error().reason}});
        return 1;
    }
    blockSignals();
    log(LogLevel::Notice, "listening for the worker",
        {{"listen", textOf(sockets->wsAddresses)}, {"ipc", sockets->ipcAddress.path}});
    KeptWorker worker(std::move(*sockets), program);
    const int status = worker.run();
    worker.removeFiles();
    removePidFile(*config, kPidFile);
    return status;
}

std::vector<std::string> workersArguments(const std::vector<std::string> &arguments) {
    std::vector<std::string> kept;
    std::copy_if(arguments.begin(), arguments.end(), std::back_inserter(kept),
                 [](const std::string &argument) { return argument != kKeepListeningOption; });
    return kept;
}

std::vector<NamedSocket> socketsToHandOver(const WorkerSockets &sockets) {
    std::vector<NamedSocket> named;
    for (const UniqueFd &socket : sockets.ws)
        named.push_back({"ws", socket.get()});
    named.push_back({"ipc", sockets.ipc.get()});
    return named;
}

std::string joinedNames(const std::vector<NamedSocket> &sockets) {
    std::string names;
    for (const NamedSocket &socket : sockets)
        names += (names.empty() ? "" : ":") + socket.name;
    return names;
}

} // namespace pregon
