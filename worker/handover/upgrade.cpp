// SPDX-License-Identifier: MIT

// clang-format off
// One upgrade on the axis of time. Parent is this process before the exec and after it; child is the
// new program, which serves in between. The link is a pair of sockets that both inherit.
//
//   parent (old program)          child (new program)            clients
//   ───────────────────────────   ────────────────────────────   ───────────────────────────
//   begin: spawn ───────────────▶ starts, loads the settings     served by the parent
//   Offer ──────────────────────▶ Hello (or Refused: it ends,
//                                 and the parent serves on)
//   Sockets, slice by slice ────▶ keeps them unopened            served by the parent
//   switchIfDue: signals wait                                    ┐
//   Worker, Client, App,                                         │ first pause: nobody is
//   Cluster, …, Peer, End ──────▶ puts everything in place       │ served, the kernel keeps
//                        ◀─────── Taken                          │ what comes
//   Go ─────────────────────────▶ Serving: it is the child's     ┘
//   become: exec, same pid        giveBack: Offer, Sockets …     served by the child
//   (new program) Hello … ◀────── Worker … End                   ┐ second pause
//   Taken, Serving ─────────────▶ Go, ends                       ┘
//   serves                                                       served by the parent
//
// Until Serving the parent can go on as if nothing had happened (fail): the child touches no client
// before it says so. After Serving the parent never touches a client again; if the hand-over fails
// all the same, it ends. On the way back there is nobody to fall back on: what fails then costs the
// connections, as a crash does.
// clang-format on

#include "worker/handover/upgrade.h"

#include "shared/log/log.h"
#include "shared/process/daemon.h"
#include "shared/process/systemd_notify.h"
#include "worker/lifecycle/process_end.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace pregon {
namespace {

constexpr int kLinkFd = 3;
constexpr HandOver::Patience kForTheNewProgram{std::chrono::seconds(10), std::chrono::seconds(2),
                                               std::chrono::seconds(5), false};
/// No other process can take over: only the end of the other one is a reason to stop waiting.
constexpr HandOver::Patience kForTheWayBack{std::chrono::minutes(10), std::chrono::minutes(10),
                                            std::chrono::seconds(5), true};

/// Variables of the service manager for the process that it started; not for a child.
constexpr std::array<std::string_view, 6> kManagersVariables = {
    "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID=",
    "LISTEN_FDS=",    "LISTEN_PID=",    "LISTEN_FDNAMES="};

bool isManagers(std::string_view variable) {
    return std::any_of(kManagersVariables.begin(), kManagersVariables.end(),
                       [&](std::string_view name) { return variable.starts_with(name); });
}

std::vector<char *> pointersTo(std::vector<std::string> &texts) {
    std::vector<char *> pointers;
    for (std::string &text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::string linkVariable() {
    return std::string(Upgrade::kLinkVariable) + "=" + std::to_string(kLinkFd);
}

std::vector<std::string> childsEnvironment() {
    std::vector<std::string> variables;
    for (char **variable = environ; *variable != nullptr; variable++)
        if (!isManagers(*variable))
            variables.emplace_back(*variable);
    variables.push_back(linkVariable());
    return variables;
}

sigset_t managersSignals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (int signal : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&signals, signal);
    return signals;
}

} // namespace

std::optional<UniqueFd> Upgrade::linkFromParent() {
    const char *text = std::getenv(kLinkVariable);
    if (text == nullptr)
        return std::nullopt;
    const int fd = std::atoi(text);
    ::unsetenv(kLinkVariable);
    return takeOver(fd);
}

void Upgrade::blockSignals() {
    const sigset_t signals = managersSignals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
}

void Upgrade::unblockSignals() {
    const sigset_t signals = managersSignals();
    ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

Upgrade::Upgrade(EventLoop &loop, WorkerFigures &figures, Program program,
                 std::function<WorkerParts()> parts)
    : loop_(loop), figures_(figures), program_(std::move(program)), parts_(std::move(parts)) {}

Upgrade::~Upgrade() = default;

Result<Done> Upgrade::begin() {
    if (isOn())
        return failure(Errc::BadRequest, "an upgrade is under way already");
    auto link = spawn();
    if (!link) {
        log(LogLevel::Error, "worker not upgraded", {{"reason", link.error().reason}});
        return tl::unexpected<Error>(link.error());
    }
    figures_.isUpgrading = true;
    figures_.upgradeFailure.clear();
    log(LogLevel::Notice, "worker upgrade begins",
        {{"program", program_.path}, {"child", static_cast<std::int64_t>(child_)}});
    handOver_.emplace(loop_, parts_(), std::move(*link),
                      HandOverOffer{kHandOverVersion, kVersion, true}, kForTheNewProgram,
                      [this](const Error &error) { failure_ = error.reason; });
    return Done{};
}

void Upgrade::giveBack(UniqueFd link, std::function<void()> lost) {
    lost_ = std::move(lost);
    figures_.isUpgrading = figures_.isGivingBack = true;
    handOver_.emplace(loop_, parts_(), std::move(link),
                      HandOverOffer{kHandOverVersion, kVersion, false}, kForTheWayBack,
                      [this](const Error &error) { failure_ = error.reason; });
}

/// The child, with one end of the link; the other is returned.
Result<UniqueFd> Upgrade::spawn() {
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return failure(Errc::Unavailable, std::strerror(errno));
    UniqueFd ours(pair[0]);
    const UniqueFd theirs(pair[1]);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), kLinkFd);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, kLinkFd + 1);
    std::vector<std::string> arguments = program_.arguments, environment = childsEnvironment();
    const int error = ::posix_spawn(&child_, program_.path.c_str(), &actions, nullptr,
                                    pointersTo(arguments).data(), pointersTo(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (error == 0)
        return ours;
    child_ = -1;
    return failure(Errc::Unavailable, program_.path + ": " + std::strerror(error));
}

void Upgrade::cancel(const std::string &why) {
    if (!isOn() || lost_ != nullptr)
        return;
    ::kill(child_, SIGKILL);
    fail(why);
}

void Upgrade::tick() {
    if (handOver_)
        handOver_->tick();
    if (hasChild_ && !isOn() && ::waitpid(-1, nullptr, WNOHANG) != 0)
        hasChild_ = false;
}

void Upgrade::switchIfDue() {
    if (failure_)
        return fail(*std::exchange(failure_, std::nullopt));
    if (!handOver_ || !handOver_->isDue() || letSignalsIn() || !handOver_->settles())
        return;
    const auto start = std::chrono::steady_clock::now();
    if (const auto switched = handOver_->switchOver(); !switched)
        return fail(switched.error().reason);
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    log(LogLevel::Notice, "worker handed over",
        {{"connections", handOver_->clients()}, {"pause_ms", pause.count()}});
    // Nothing may be closed properly from here on: it is the other's.
    if (lost_ != nullptr)
        ::_exit(0);
    become();
}

/// Blocks signals, and lets the loop look once more for those that it has taken already: between
/// two of its calls of switchIfDue it does. True: not yet.
bool Upgrade::letSignalsIn() {
    constexpr int kCalls = 2;
    if (lastTurns_ == kCalls)
        return false;
    if (lastTurns_++ == 0)
        blockSignals();
    loop_.again();
    return true;
}

/// This process's second half, on the way back.
void Upgrade::become() {
    notifyAlive("upgrading"); // the watchdog's time runs on
    ::dup2(handOver_->link(), kLinkFd);
    ::close_range(kLinkFd + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::fcntl(kLinkFd, F_SETFD, 0);
    ::setenv(kLinkVariable, std::to_string(kLinkFd).c_str(), 1);
    ::execv(program_.path.c_str(), pointersTo(program_.arguments).data());
    log(LogLevel::Error, "worker cannot become the new program",
        {{"program", program_.path}, {"reason", std::strerror(errno)}});
    ::_exit(1);
}

void Upgrade::fail(const std::string &reason) {
    failure_.reset();
    figures_.isUpgrading = false;
    lastTurns_ = 0;
    if (lost_ != nullptr) {
        handOver_.reset();
        log(LogLevel::Error, "worker hand-over failed", {{"reason", reason}});
        return lost_();
    }
    unblockSignals();
    figures_.upgradeFailure = reason + endOfChild();
    if (handOver_ && handOver_->hasOtherServed()) {
        log(LogLevel::Error, "worker ends", {{"reason", "the new program had begun to serve"}});
        ::_exit(1);
    }
    handOver_.reset();
    log(LogLevel::Error, "worker not upgraded", {{"reason", figures_.upgradeFailure}});
}

/// Kills it, unless it has ended by itself: then how.
std::string Upgrade::endOfChild() {
    if (child_ < 0)
        return "";
    constexpr int kLastWords = 10; // times 10 ms: a child that has refused is on its way out
    int status = 0;
    pid_t ended = ::waitpid(child_, &status, WNOHANG);
    for (int i = 0; i < kLastWords && ended == 0; i++) {
        ::usleep(10'000);
        ended = ::waitpid(child_, &status, WNOHANG);
    }
    if (ended == 0) {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    const bool hasEnded = ended == child_;
    child_ = -1;
    return hasEnded ? " (" + describeEnd(status) + ")" : "";
}

} // namespace pregon
