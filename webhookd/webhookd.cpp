// SPDX-License-Identifier: MIT
#include "webhookd/webhookd.h"

#include "shared/log/log.h"
#include "shared/process/handed_sockets.h"
#include "shared/process/systemd_notify.h"

#include <algorithm>
#include <csignal>
#include <sys/signalfd.h>
#include <vector>

namespace pregon {
namespace {

constexpr std::int64_t kBetweenSyncs = 20;    ///< milliseconds in which arrivals are gathered
constexpr std::int64_t kAfterFullDisk = 1000; ///< until it is asked again
constexpr std::int64_t kLongestWait = 60'000;
constexpr std::chrono::seconds kLongestEnd{65};

UniqueFd signalDescriptor() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, signal);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return UniqueFd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

std::int64_t milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

} // namespace

HookTime Webhookd::now() {
    return {milliseconds(std::chrono::steady_clock::now().time_since_epoch()),
            milliseconds(std::chrono::system_clock::now().time_since_epoch())};
}

Webhookd::Webhookd(const AppConfig &config, const DaemonOptions &options)
    : config_(config), options_(options), commands_(endpoints_, sender_, now) {}

Result<Done> Webhookd::start() {
    signals_ = signalDescriptor();
    if (auto opened = endpoints_.open(config_); !opened)
        return opened;
    auto handed = socketsFromSystemd();
    if (!handed)
        return tl::unexpected<Error>(handed.error());
    UniqueFd listening;
    if (!handed->empty()) {
        listening = std::move(handed->front().socket);
    } else {
        ListenAddress address;
        address.path = config_.webhookSocket;
        auto own = listenOn(address);
        if (!own)
            return failure(own.error().code, config_.webhookSocket + ": " + own.error().reason);
        listening = std::move(*own);
        file_.emplace(config_.webhookSocket);
    }
    server_ = std::make_unique<HookServer>(
        std::move(listening), [this](const IpcFrame &frame, const HookServer::Answer &answer) {
            commands_.handle(frame, answer);
        });
    return writePidFile(config_, "webhookd");
}

std::string Webhookd::status() {
    if (endpoints_.count() == 0)
        return "idle: no webhook is configured";
    return std::to_string(endpoints_.count()) + " endpoints, " +
           std::to_string(endpoints_.waitingEvents()) + " events waiting";
}

void Webhookd::run() {
    log(LogLevel::Notice, "webhookd ready",
        {{"socket", config_.webhookSocket},
         {"endpoints", endpoints_.count()},
         {"waiting", endpoints_.waitingEvents()}});
    notifyReady(status());
    while (!isEnding_ || sender_.underWay() > 0)
        turn();
    // What is gathered for a batch waits no longer: it goes out with the next start.
    endpoints_.commit(now(), PendingEvents::When::Now);
    commands_.acknowledge();
    log(LogLevel::Notice, "webhookd stopped", {{"waiting", endpoints_.waitingEvents()}});
    if (file_)
        file_->remove();
    removePidFile(config_, "webhookd");
}

void Webhookd::turn() {
    std::vector<pollfd> polled{{signals_.get(), POLLIN, 0}};
    server_->addTo(polled);
    sender_.wait(polled, patience(now()));
    if (polled.front().revents != 0)
        takeSignals();
    server_->serve(polled.data() + 1);
    const HookTime time = now();
    if (time.steady >= writeAt_) {
        const bool isFine = endpoints_.commit(time, isEnding_ ? PendingEvents::When::Now
                                                              : PendingEvents::When::Due);
        writeAt_ = time.steady + (isFine ? kBetweenSyncs : kAfterFullDisk);
        commands_.acknowledge();
    }
    if (!isEnding_)
        sendDue();
    tellAlive(time);
}

void Webhookd::sendDue() {
    const HookTime time = now();
    endpoints_.forEach("", [&](Endpoint &endpoint) {
        while (auto attempt = endpoint.nextAttempt(time))
            sender_.start(attempt->request, [this, path = endpoint.path(),
                                             id = attempt->id](const HookOutcome &outcome) {
                if (Endpoint *known = endpoints_.find(path))
                    known->finished(id, outcome, now());
            });
    });
}

/// How long there is nothing to do, in milliseconds.
int Webhookd::patience(HookTime time) {
    std::int64_t until = time.steady + kLongestWait;
    endpoints_.forEach("", [&](const Endpoint &endpoint) {
        if (!isEnding_)
            until = std::min(until, endpoint.attemptAt(time).value_or(until));
        if (const auto commit = endpoint.commitAt())
            until = std::min(until, std::max(*commit, writeAt_));
    });
    if (!commands_.isQuiet())
        until = std::min(until, writeAt_);
    if (watchdogInterval())
        until = std::min(until, aliveAt_);
    return static_cast<int>(std::max<std::int64_t>(until - time.steady, 0));
}

void Webhookd::takeSignals() {
    signalfd_siginfo signal{};
    while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGHUP) {
            reload();
        } else if (!isEnding_) {
            isEnding_ = true;
            server_->stopReceiving();
            notifyStopping(kLongestEnd);
            log(LogLevel::Notice, "webhookd stopping", {{"under_way", sender_.underWay()}});
        }
    }
}

void Webhookd::reload() {
    if (isEnding_)
        return;
    notifyReloading();
    if (const auto config = startConfiguration(options_)) {
        endpoints_.change(*config);
        log(LogLevel::Notice, "webhookd reloaded", {{"endpoints", endpoints_.count()}});
    }
    notifyReloaded();
}

void Webhookd::tellAlive(HookTime time) {
    const auto interval = watchdogInterval();
    if (!interval || time.steady < aliveAt_)
        return;
    aliveAt_ = time.steady + interval->count();
    notifyAlive(status());
}

} // namespace pregon
