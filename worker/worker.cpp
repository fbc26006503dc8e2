// SPDX-License-Identifier: MIT
#include "worker/worker.h"

#include "shared/log/log.h"
#include "shared/process/systemd_notify.h"
#include "worker/lifecycle/memory_limit.h"

#include <csignal>
#include <pwd.h>
#include <unistd.h>
#include <utility>

namespace pregon {
namespace {

Result<std::set<uid_t>> allowedUsers(const AppConfig &config) {
    std::set<uid_t> users{0, ::geteuid()};
    for (const std::string &name : config.ipcUsers) {
        const passwd *entry = ::getpwnam(name.c_str());
        if (entry == nullptr)
            return failure(Errc::BadRequest, "PREGON_IPC_USERS: no user " + name);
        users.insert(entry->pw_uid);
    }
    return users;
}

std::size_t size(std::int64_t value) {
    return static_cast<std::size_t>(value);
}

std::uint32_t seconds(std::int64_t value) {
    return static_cast<std::uint32_t>(value);
}

LwsServer::Limits limitsOf(const AppConfig &config) {
    return {size(config.maxQueuedBytes),
            size(totalQueueLimit(config.maxQueuedBytesTotal, memoryLimit())),
            seconds(config.handshakeTimeoutSeconds)};
}

Reception::Limits receptionOf(const AppConfig &config) {
    return {{config.serverPath, size(config.maxConnections), size(config.maxConnectionsPerAddress)},
            config.trustedProxies};
}

RecoveryLimits recoveryOf(const AppConfig &config) {
    return {config.recovery,
            config.recoverySeconds,
            size(config.recoveryEvents),
            size(config.recoveryChannelBytes),
            size(config.recoveryBytes),
            size(config.recoveryTokens)};
}

SendBatch::Way wayOf(const AppConfig &config) {
    return config.ioUring ? SendBatch::Way::IoUring : SendBatch::Way::SendMsg;
}

constexpr std::chrono::seconds kExitTime{5}; ///< from the end of a drain to that of the process

} // namespace

Worker::Worker(const AppConfig &config, const DaemonOptions &options, Program program)
    : config_(config), options_(options), applications_(config.apps, events_),
      clientCommands_(size(config.maxChannelsPerConnection), clock_),
      liveness_(seconds(config.pongTimeoutSeconds)),
      admission_(seconds(config.firstMessageTimeoutSeconds)),
      drain_(applications_, figures_, clock_, std::chrono::seconds(config.drainSeconds)),
      ipcCommands_(applications_, figures_, clock_, drain_),
      reception_(applications_, liveness_, admission_, drain_, figures_),
      server_(loop_, clientCommands_, liveness_, reception_, drain_, outbound_, figures_,
              limitsOf(config), wayOf(config)),
      upgrade_(loop_, figures_, std::move(program), [this] { return parts(); }) {
    reception_.change(receptionOf(config));
    applications_.recovery().begin(clock_, recoveryOf(config));
    ipcCommands_.whenUpgradeIsAsked([this] { return upgrade(); });
}

bool Worker::start() {
    const auto users = allowedUsers(config_);
    if (!users)
        return complain(users.error());
    if (const auto started = server_.start(); !started)
        return complain(started.error());
    auto handed = socketsFromSystemd();
    if (!handed)
        return complain(handed.error());
    auto sockets = openWorkerSockets(config_, std::move(*handed));
    if (!sockets)
        return complain(sockets.error());
    openOn(std::move(*sockets), *users);
    if (const auto written = writePidFile(config_, "worker"); !written)
        return complain(written.error());
    startsCold_ = true;
    return true;
}

bool Worker::takeOver(UniqueFd link) {
    Upgrade::blockSignals(); // until the loop takes them
    const auto users = allowedUsers(config_);
    if (!users)
        return complain(users.error());
    if (const auto started = server_.start(); !started)
        return complain(started.error());
    TakeOver taking(
        std::move(link), server_, applications_, clock_,
        [&](const WorkerState &state, std::vector<UniqueFd> listening) -> Result<IpcServer *> {
            if (state.isOneOfSeveral != config_.scaling)
                return failure(Errc::BadRequest, "REVERB_SCALING_ENABLED has changed meanwhile");
            auto sockets = takeWorkerSockets(state.listeners, std::move(listening));
            if (!sockets)
                return tl::unexpected<Error>(sockets.error());
            sockets->outliveUs = state.outliveUs;
            for (const std::string &path : state.files)
                sockets->files.emplace_back(path);
            const std::size_t handshakes = figures_.handshakes; // of the sockets so far
            figures_ = state.figures;
            figures_.handshakes = handshakes;
            server_.countFrom(figures_.framesSent);
            applications_.recovery().countFrom(figures_.uptimeSeconds);
            warnOfUnheard(config_, "PREGON_WS_LISTEN", config_.wsListen, sockets->wsAddresses);
            openOn(std::move(*sockets), *users);
            return &*ipcServer_;
        },
        [&](const ClusterState &state, std::vector<UniqueFd> sockets) {
            return resumeSharing(state, std::move(sockets));
        },
        [&](WebhooksState state) {
            webhooks_.emplace(loop_, applications_, clock_, config_.webhookSocket,
                              sharing_ ? &sharing_->cluster() : nullptr);
            webhooks_->resume(std::move(state));
        });
    if (const auto taken = taking.run(); !taken)
        return complain(taken.error());
    if (taking.offer().isInterim) {
        upgrade_.giveBack(taking.releaseLink(), [this] { closeAllAtOnce(); });
        return true;
    }
    upgrade_.takenBack();
    figures_.upgrades++;
    if (const auto written = writePidFile(config_, "worker"); !written)
        complain(written.error()); // the number in it is right
    return true;
}

void Worker::run(std::size_t fileLimit) {
    if (config_.scaling)
        share();
    makeWebhooks();
    if (webhooks_ && startsCold_)
        webhooks_->startCold();
    loop_.every(std::chrono::seconds(1), [this] { tick(); });
    loop_.eachTurn([this] {
        letIn();
        if (sharing_)
            sharing_->flush();
        if (const bool isLeaving = server_.leaveMore(); ipcCommands_.goOn() || isLeaving)
            loop_.again();
        server_.flush();
        figures_.framesSent = server_.framesSent();
        figures_.queuedBytes = outbound_.queuedBytes;
        outbound_.ringBytes = applications_.recovery().figures.frameBytes;
        memory_.holds(outbound_.memory());
        if (drain_.isOver())
            loop_.stop();
        upgrade_.switchIfDue();
    });
    drain_.whenItBegins([this] { drainBegins(); });
    loop_.onSignal(SIGTERM, [this] { endOrEndAtOnce(); });
    loop_.onSignal(SIGINT, [this] { endWithSockets(); });
    loop_.onSignal(SIGHUP, [this] { reload(); });
    if (!upgrade_.isOn()) // else they are for the process that takes everything back
        Upgrade::unblockSignals();
    if (const auto interval = watchdogInterval())
        loop_.every(*interval, [this] { notifyAlive(status()); });
    if (!upgrade_.isOn()) { // else only for a moment
        log(LogLevel::Notice, "worker ready",
            {{"listen", textOf(sockets_.wsAddresses)},
             {"ipc", sockets_.ipcAddress.path},
             {"io_uring", server_.sendsBy() == SendBatch::Way::IoUring ? "yes" : "no"},
             {"files", fileLimit},
             {"connections", applications_.connectionCount()}});
        notifyReady(status());
    }
    loop_.run();
    ipcServer_->finish();
    if (webhooks_)
        webhooks_->finish();
    if (sharing_)
        sharing_->retire();
    log(LogLevel::Notice, "worker stopping", {{"closed", drain_.gone()}, {"cut", drain_.left()}});
    for (const SocketFile &file : sockets_.files)
        file.remove();
    removePidFile(config_, "worker");
}

void Worker::openOn(WorkerSockets sockets, const std::set<uid_t> &users) {
    sockets_ = std::move(sockets);
    drain_.isFollowedBy(successor());
    ipcServer_.emplace(loop_, std::move(sockets_.ipc), ipcCommands_, users,
                       [this] { server_.flushIfDue(); });
    for (UniqueFd &socket : sockets_.ws)
        listeners_.emplace_back(std::make_unique<Listener>(
            loop_, std::move(socket), [this](UniqueFd fd) { takeNewcomer(std::move(fd)); },
            Listener::kForOthers));
}

Drain::Successor Worker::successor() const {
    if (othersTakeNewcomers())
        return Drain::Successor::OtherWorker;
    return sockets_.outliveUs ? Drain::Successor::NextWorker : Drain::Successor::None;
}

bool Worker::othersTakeNewcomers() const {
    return config_.workerSockets.size() > 1;
}

void Worker::takeNewcomer(UniqueFd newcomer) {
    if (drain_.isOn() && othersTakeNewcomers())
        log(LogLevel::Debug, "ws dropped", {{"reason", "draining: another worker is there"}});
    else
        server_.adopt(std::move(newcomer));
}

void Worker::letIn() {
    if (!upgrade_.isOn() && sharing_ && !sharing_->wasTried())
        return;
    upgrade_.isOn() ? ipcServer_->passOnAll() : ipcServer_->passOn();
    for (const auto &listener : listeners_)
        upgrade_.isOn() ? listener->passOnAll() : listener->passOn();
}

void Worker::stopListening() {
    for (const auto &listener : listeners_)
        listener->passOnAll();
    listeners_.clear();
}

Result<Done> Worker::upgrade() {
    if (drain_.isOn())
        return failure(Errc::Forbidden, "the worker is draining");
    if (sharing_ && !sharing_->canBeHandedOver())
        return failure(Errc::Forbidden,
                       "its connection to Redis is encrypted, which cannot change hands: restart "
                       "it, its clients come back through the other workers");
    return upgrade_.begin();
}

void Worker::closeAllAtOnce() {
    Upgrade::unblockSignals();
    stopListening();
    drain_.change(std::chrono::seconds(0));
    drain_.begin();
}

WorkerParts Worker::parts() {
    std::vector<int> listening;
    for (const auto &listener : listeners_)
        listening.push_back(listener->socket());
    return {applications_,
            server_,
            *ipcServer_,
            figures_,
            sockets_,
            sharing_ ? &*sharing_ : nullptr,
            webhooks_ ? &*webhooks_ : nullptr,
            std::move(listening)};
}

bool Worker::complain(const Error &error) {
    log(LogLevel::Error, "worker cannot start", {{"reason", error.reason}});
    return false;
}

void Worker::share() {
    constexpr std::chrono::milliseconds kTick{100};
    if (!sharing_) { // else they go on as one of several
        makeSharing();
        sharing_->start();
    }
    loop_.every(kTick, [this] { sharing_->tick(); });
}

Result<Done> Worker::resumeSharing(const ClusterState &state, std::vector<UniqueFd> sockets) {
    makeSharing();
    return sharing_->resume(state, std::move(sockets));
}

void Worker::makeSharing() {
    sharing_.emplace(loop_, *redisSettings(config_), applications_, figures_, clock_,
                     [this] { server_.flushIfDue(); });
    ipcCommands_.join(sharing_->cluster());
}

void Worker::makeWebhooks() {
    bool areWanted = false;
    for (const Application &application : applications_.all())
        areWanted = areWanted || !application.settings().webhooks.empty();
    if (areWanted && !webhooks_)
        webhooks_.emplace(loop_, applications_, clock_, config_.webhookSocket,
                          sharing_ ? &sharing_->cluster() : nullptr);
    if (webhooks_)
        webhooks_->configure();
}

std::string Worker::status() {
    std::size_t channels = 0;
    for (Application &application : applications_.all())
        channels += application.channels().channelCount();
    return std::to_string(applications_.connectionCount()) + " clients, " +
           std::to_string(channels) + " channels, " + std::to_string(figures_.published) +
           " events" + (sharing_ && !sharing_->isUp() ? ", degraded: no Redis" : "");
}

void Worker::drainBegins() {
    constexpr std::chrono::milliseconds kSlice{100};
    upgrade_.cancel("the worker drains");
    if (webhooks_)
        webhooks_->drain();
    notifyStopping(drain_.atMost() + kExitTime);
    if (successor() == Drain::Successor::NextWorker)
        stopListening();
    loop_.every(kSlice, [this] { drain_.tick(); });
}

void Worker::endOrEndAtOnce() {
    if (std::exchange(isAskedToEnd_, true)) {
        loop_.stop();
    } else if (drain_.isOn()) { // the manager counts from its own signal on
        notifyStopping(drain_.atMost() + kExitTime);
    } else {
        drain_.begin();
    }
}

void Worker::endWithSockets() {
    if (!drain_.isOn()) {
        sockets_.outliveUs = false;
        drain_.isFollowedBy(successor());
    }
    endOrEndAtOnce();
}

void Worker::reload() {
    if (drain_.isOn()) {
        log(LogLevel::Notice, "worker not reloaded", {{"reason", "draining"}});
        return;
    }
    upgrade_.cancel("the configuration is read again");
    notifyReloading();
    if (const auto config = startConfiguration(options_))
        apply(*config);
    notifyReloaded();
}

void Worker::apply(const AppConfig &config) {
    applications_.recovery().change(recoveryOf(config));
    applications_.reload(config.apps);
    makeWebhooks();
    clientCommands_.change(size(config.maxChannelsPerConnection));
    liveness_.change(seconds(config.pongTimeoutSeconds));
    admission_.change(seconds(config.firstMessageTimeoutSeconds));
    reception_.change(receptionOf(config));
    server_.change(limitsOf(config));
    drain_.change(std::chrono::seconds(config.drainSeconds));
    log(LogLevel::Notice, "worker reloaded", {{"apps", config.apps.size()}});
}

void Worker::tick() {
    figures_.uptimeSeconds++;
    liveness_.tick();
    applications_.recovery().tick();
    admission_.tick();
    server_.tick();
    for (Application &application : applications_.all())
        application.counts().tick(application);
    memory_.tick(applications_.connectionCount());
    upgrade_.tick();
    ipcServer_->resumeAccepting();
    for (const auto &listener : listeners_)
        listener->resume();
}

} // namespace pregon
