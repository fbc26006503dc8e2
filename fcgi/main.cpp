// SPDX-License-Identifier: MIT

// pregon-fcgi: options, configuration, signals, wiring; no logic.

#include "fcgi/http/fcgi_server.h"
#include "fcgi/reloading_handler.h"
#include "shared/clock.h"
#include "shared/log/log.h"
#include "shared/process/daemon.h"
#include "shared/process/handed_sockets.h"
#include "shared/process/systemd_notify.h"
#include "shared/store/outbox_schema.h"

#include <atomic>
#include <csignal>
#include <memory>
#include <unistd.h>

namespace {

using namespace pregon;

constexpr std::chrono::seconds kLongestRequest{60};

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

/// What we listen on.
struct Listening {
    std::vector<UniqueFd> sockets;
    std::vector<ListenAddress> addresses; ///< empty: spawn-fcgi's, which has none for us to tell
    std::vector<SocketFile> files;        ///< made here: to be removed at the end
};

Result<Listening> listenOnOwn(const AppConfig &config) {
    Listening listening;
    listening.addresses = config.fcgiListen;
    for (const ListenAddress &address : config.fcgiListen) {
        auto socket = listenOn(address);
        if (!socket)
            return failure(socket.error().code, address.text() + ": " + socket.error().reason);
        listening.sockets.push_back(std::move(*socket));
        if (address.isUnix())
            listening.files.emplace_back(address.path);
    }
    return listening;
}

/// Sockets that systemd handed over, or spawn-fcgi on descriptor 0, or else our own.
Result<Listening> openListening(const AppConfig &config) {
    auto handed = socketsFromSystemd();
    if (!handed)
        return tl::unexpected<Error>(handed.error());
    Listening listening;
    for (HandedSocket &socket : *handed) {
        listening.sockets.push_back(std::move(socket.socket));
        listening.addresses.push_back(socket.address);
    }
    if (!listening.sockets.empty()) {
        warnOfUnheard(config, "PREGON_FCGI_LISTEN", config.fcgiListen, listening.addresses);
        return listening;
    }
    if (auto spawned = socketFromSpawner()) {
        listening.sockets.push_back(std::move(*spawned));
        return listening;
    }
    return listenOnOwn(config);
}

/// Our own table is made wherever it is missing; the application's tables are the application's.
Result<Database> openStore(const AppConfig &config) {
    if (const auto checked = Database::checkSessions(databaseSettings(config)); !checked)
        return tl::unexpected<Error>(checked.error());
    auto database = Database::open(databaseSettings(config));
    if (!database)
        return database;
    if (const auto made = makeOutbox(*database); !made)
        return tl::unexpected<Error>(made.error());
    return database;
}

int complain(const Error &error) {
    log(LogLevel::Error, "fcgi cannot start", {{"reason", error.reason}});
    return 1;
}

/// What the threads that answer share, and the threads beside them, while the server runs.
struct Helpers {
    OutboxRelay relay;
    Publisher publisher;
    UsageRecorder &recorder;

    Helpers(const AppConfig &config, const Clock &clock, UsageRecorder &usage)
        : relay([&config] { return openStore(config); },
                [&config] {
                    return WorkerClient(workerSockets(config),
                                        std::chrono::milliseconds(config.workerTimeoutMs));
                },
                clock, config.apps[0].id),
          publisher(workerSockets(config), std::chrono::milliseconds(config.workerTimeoutMs)),
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
Result<Done> answer(Listening &listening, const DaemonOptions &options,
                    const SettingsPointer &settings, const Clock &clock, UsageRecorder &recorder) {
    const AppConfig &config = settings->config; // what a reload cannot change
    std::atomic<SettingsPointer> current(settings);
    Helpers helpers(config, clock, recorder);
    AuthLimits limits;
    StoreHealth storeHealth(clock);
    const auto makeHandler = [&]() -> HttpHandler {
        auto handler = std::make_shared<ReloadingHandler>(current, clock, helpers.relay,
                                                          helpers.publisher, limits, storeHealth);
        return [handler](const HttpRequest &request) { return (*handler)(request); };
    };
    const auto mayWait = [&current](const HttpRequest &request) {
        return HttpApi::mayWait(request, current.load()->config);
    };
    FcgiServer server(std::move(listening.sockets), static_cast<std::size_t>(config.fcgiThreads),
                      static_cast<std::size_t>(config.maxBodySize), makeHandler, mayWait);
    const auto status = [&server] {
        return std::to_string(server.requestsServed()) + " requests answered";
    };
    const auto ready = [&] {
        log(LogLevel::Notice, "fcgi ready",
            {{"listen", listening.addresses.empty() ? "descriptor 0" : textOf(listening.addresses)},
             {"threads", config.fcgiThreads},
             {"rules", settings->rules.ruleCount()}});
        notifyReady(status());
    };
    const auto reload = [&] {
        notifyReloading();
        if (SettingsPointer fresh = loadSettings(options, clock, recorder)) {
            current.store(std::move(fresh));
            log(LogLevel::Notice, "fcgi reloaded");
        }
        notifyReloaded();
    };
    const auto stopping = [] { notifyStopping(kLongestRequest); };
    const auto alive = [&] { notifyAlive(status()); };
    const auto served = server.run({ready, reload, stopping, alive, watchdogInterval()});
    for (const SocketFile &file : listening.files) // while its socket is open
        file.remove();
    return served;
}

int serve(const DaemonOptions &options, const SettingsPointer &settings, const Clock &clock,
          UsageRecorder &recorder) {
    const AppConfig &config = settings->config;
    // A store that is away now comes back; one that mixes sessions up never gets better.
    if (const auto checked = Database::checkSessions(databaseSettings(config));
        !checked && checked.error().code == Errc::Forbidden)
        return complain(checked.error());
    auto listening = openListening(config);
    if (!listening)
        return complain(listening.error());
    if (const auto written = writePidFile(config, "fcgi"); !written)
        return complain(written.error());
    const auto served = answer(*listening, options, settings, clock, recorder);
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
