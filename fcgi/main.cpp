// pregon-fcgi: options, configuration, signals, wiring; no logic.

#include "fcgi/fcgi_server.h"
#include "fcgi/http_api.h"
#include "shared/daemon.h"
#include "shared/log.h"
#include "shared/outbox_schema.h"

#include <csignal>
#include <memory>
#include <systemd/sd-daemon.h>
#include <unistd.h>

namespace {

using namespace pregon;

/// Before any thread exists: the signals that end the program come to the server's loop alone.
void blockEndingSignals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
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

Result<ChannelAuthorizer> loadRules(const AppConfig &config) {
    const auto text = readSmallFile(config.channelsFile);
    if (!text)
        return tl::unexpected<Error>(text.error());
    auto rules = ChannelAuthorizer::parse(*text);
    if (!rules)
        return failure(Errc::BadRequest, config.channelsFile + ": " + rules.error().reason);
    return rules;
}

/// Our own table is made wherever it is missing; the application's tables are the application's.
Result<Database> openStore(const AppConfig &config) {
    auto database = Database::open(config.database);
    if (!database)
        return database;
    if (const auto made = database->execute(kOutboxSchema); !made)
        return tl::unexpected<Error>(made.error());
    return database;
}

void removeSockets(const AppConfig &config) {
    for (const ListenAddress &address : config.fcgiListen)
        if (address.isUnix())
            ::unlink(address.path.c_str());
}

int complain(const Error &error) {
    log(LogLevel::Error, "fcgi cannot start", {{"reason", error.reason}});
    return 1;
}

int serve(const AppConfig &config, const ChannelAuthorizer &rules) {
    Result<std::vector<UniqueFd>> sockets = inheritedListeners();
    const bool areOurs = sockets->empty();
    if (areOurs)
        sockets = ownListeners(config);
    if (!sockets)
        return complain(sockets.error());
    if (const auto written = writePidFile(config, "fcgi"); !written)
        return complain(written.error());
    const SystemClock clock;
    const std::chrono::milliseconds patience(config.workerTimeoutMs);
    OutboxRelay relay([&] { return openStore(config); },
                      [&] { return WorkerClient(config.ipcSocket, patience); }, clock,
                      config.apps[0].id);
    relay.start();
    FcgiServer server(std::move(*sockets), static_cast<std::size_t>(config.fcgiThreads),
                      static_cast<std::size_t>(config.maxBodySize), [&]() -> HttpHandler {
                          auto api = std::make_shared<HttpApi>(config, rules, clock, relay);
                          return [api](const HttpRequest &request) { return api->handle(request); };
                      });
    log(LogLevel::Notice, "fcgi ready",
        {{"threads", config.fcgiThreads}, {"rules", rules.ruleCount()}});
    ::sd_notify(0, "READY=1");
    const auto served = server.run();
    ::sd_notify(0, "STOPPING=1");
    relay.stop();
    if (areOurs)
        removeSockets(config);
    removePidFile(config, "fcgi");
    if (!served)
        return complain(served.error());
    log(LogLevel::Notice, "fcgi stopped");
    return 0;
}

} // namespace

int main(int argc, char **argv) {
    blockEndingSignals();
    const DaemonOptions options = parseDaemonOptions(
        argc, argv, "pregon-fcgi",
        "Answers broadcasting auth, the signed event API and payment notices over FastCGI.");
    const auto config = startConfiguration(options);
    if (!config)
        return 1;
    const auto rules = loadRules(*config);
    if (!rules) {
        log(LogLevel::Error, "config invalid", {{"reason", rules.error().reason}});
        return 1;
    }
    if (options.checkOnly)
        return 0;
    raiseFileLimit();
    return serve(*config, *rules);
}
