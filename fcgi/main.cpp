// pregon-fcgi: options, configuration, signals, wiring; no logic.

#include "fcgi/fcgi_server.h"
#include "fcgi/reloading_handler.h"
#include "shared/clock.h"
#include "shared/daemon.h"
#include "shared/log.h"
#include "shared/outbox_schema.h"

#include <atomic>
#include <csignal>
#include <memory>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace {

using namespace pregon;

/// Before any thread exists: the signals come to the server's loop alone.
void blockSignals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

/// Sockets that somebody handed over: systemd, or spawn-fcgi on descriptor 0.
std::vector<UniqueFd> inheritedListeners() {
    std::vector<UniqueFd> sockets = socketsFromSystemd();
    if (sockets.empty())
        if (auto spawned = socketFromSpawner())
            sockets.push_back(std::move(*spawned));
    return sockets;
}

Result<std::vector<UniqueFd>> ownListeners(const AppConfig &config) {
    std::vector<UniqueFd> sockets;
    for (const ListenAddress &address : config.fcgiListen) {
        auto socket = listenOn(address);
        if (!socket)
            return failure(socket.error().code, address.text() + ": " + socket.error().reason);
        sockets.push_back(std::move(*socket));
    }
    return sockets;
}

/// Our own table is made wherever it is missing; the application's tables are the application's.
Result<Database> openStore(const AppConfig &config) {
    auto database = Database::open(databaseSettings(config));
    if (!database)
        return database;
    if (const auto made = makeOutbox(*database); !made)
        return tl::unexpected<Error>(made.error());
    return database;
}

/// Right after ownListeners.
std::vector<SocketFile> ownSocketFiles(const AppConfig &config) {
    std::vector<SocketFile> files;
    for (const ListenAddress &address : config.fcgiListen)
        if (address.isUnix())
            files.emplace_back(address.path);
    return files;
}

int complain(const Error &error) {
    log(LogLevel::Error, "fcgi cannot start", {{"reason", error.reason}});
    return 1;
}

/// The threads beside those that answer, while the server runs.
struct Helpers {
    OutboxRelay relay;
    UsageRecorder &recorder;

    Helpers(const AppConfig &config, const Clock &clock, UsageRecorder &usage)
        : relay([&config] { return openStore(config); },
                [&config] {
                    return WorkerClient(config.ipcSocket,
                                        std::chrono::milliseconds(config.workerTimeoutMs));
                },
                clock, config.apps[0].id),
          recorder(usage) {
        relay.start();
        recorder.start(Database::onDemand(databaseSettings(config)));
    }
    ~Helpers() {
        relay.stop();
        recorder.stop();
    }
};

/// Serves until a signal ends it.
Result<Done> answer(std::vector<UniqueFd> sockets, const std::vector<SocketFile> &files,
                    const DaemonOptions &options, const SettingsPointer &settings,
                    const Clock &clock, UsageRecorder &recorder) {
    const AppConfig &config = settings->config; // what a reload cannot change
    std::atomic<SettingsPointer> current(settings);
    Helpers helpers(config, clock, recorder);
    AuthLimits limits;
    const auto makeHandler = [&]() -> HttpHandler {
        auto handler = std::make_shared<ReloadingHandler>(current, clock, helpers.relay, limits);
        return [handler](const HttpRequest &request) { return (*handler)(request); };
    };
    const auto reload = [&] {
        if (SettingsPointer fresh = loadSettings(options, clock, recorder)) {
            current.store(std::move(fresh));
            log(LogLevel::Notice, "fcgi reloaded");
        }
    };
    FcgiServer server(std::move(sockets), static_cast<std::size_t>(config.fcgiThreads),
                      static_cast<std::size_t>(config.maxBodySize), makeHandler, reload);
    log(LogLevel::Notice, "fcgi ready",
        {{"threads", config.fcgiThreads}, {"rules", settings->rules.ruleCount()}});
    ::sd_notify(0, "READY=1");
    const auto served = server.run();
    ::sd_notify(0, "STOPPING=1");
    for (const SocketFile &file : files) // while its socket is open
        file.remove();
    return served;
}

int serve(const DaemonOptions &options, const SettingsPointer &settings, const Clock &clock,
          UsageRecorder &recorder) {
    const AppConfig &config = settings->config;
    Result<std::vector<UniqueFd>> sockets = inheritedListeners();
    std::vector<SocketFile> files;
    if (sockets->empty()) {
        sockets = ownListeners(config);
        files = ownSocketFiles(config);
    }
    if (!sockets)
        return complain(sockets.error());
    if (const auto written = writePidFile(config, "fcgi"); !written)
        return complain(written.error());
    const auto served = answer(std::move(*sockets), files, options, settings, clock, recorder);
    removePidFile(config, "fcgi");
    if (!served)
        return complain(served.error());
    log(LogLevel::Notice, "fcgi stopped");
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    blockSignals();
    const DaemonOptions options = parseDaemonOptions(
        argc, argv, "pregon-fcgi",
        "Answers broadcasting auth, the signed event API and payment notices over FastCGI.");
    const SystemClock clock;
    UsageRecorder recorder(clock);
    const SettingsPointer settings = loadSettings(options, clock, recorder);
    if (settings == nullptr)
        return 1;
    if (options.checkOnly)
        return 0;
    useTimeZone(settings->config.appTimeZone);
    raiseFileLimit();
    CurlClient::startLibrary();
    return serve(options, settings, clock, recorder);
}
