// pregon-fcgi: options, configuration, signals, wiring; no logic.

#include "fcgi/fcgi_server.h"
#include "fcgi/http_api.h"
#include "shared/daemon.h"
#include "shared/log.h"
#include "shared/outbox_schema.h"
#include "shared/small_file.h"

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

/// What a reload replaces.
struct Settings {
    Settings(AppConfig newConfig, ChannelAuthorizer newRules, const Clock &clock,
             UsageRecorder &recorder)
        : config(std::move(newConfig)), rules(std::move(newRules)),
          identity(std::make_unique<Identity>(config, clock, recorder)) {}

    AppConfig config;
    ChannelAuthorizer rules;
    std::unique_ptr<Identity> identity; ///< borrows the configuration; remembers nobody yet
};
using SettingsPointer = std::shared_ptr<const Settings>;

/// The configuration and the channel rules; null if either is invalid, which is logged.
SettingsPointer loadSettings(const DaemonOptions &options, const Clock &clock,
                             UsageRecorder &recorder) {
    auto config = startConfiguration(options);
    if (!config)
        return nullptr;
    const auto text = readSmallFile(config->channelsFile);
    auto rules = text ? ChannelAuthorizer::parse(*text, config->userColumns)
                      : Result<ChannelAuthorizer>(tl::unexpected<Error>(text.error()));
    if (!rules) {
        log(LogLevel::Error, "config invalid",
            {{"file", config->channelsFile}, {"reason", rules.error().reason}});
        return nullptr;
    }
    if (rules->needsApplication() && config->authFallback.empty())
        log(LogLevel::Warning, "config doubtful",
            {{"key", "PREGON_AUTH_FALLBACK"},
             {"reason", "not set: channel rules with fallback refuse everybody"}});
    return std::make_shared<const Settings>(std::move(*config), std::move(*rules), clock, recorder);
}

/// Handles requests by the settings in force when each begins. One per thread.
class ReloadingHandler {
  public:
    ReloadingHandler(const std::atomic<SettingsPointer> &current, const Clock &clock,
                     OutboxRelay &relay, AuthLimits &limits)
        : current_(current), clock_(clock), relay_(relay), limits_(limits) {}

    HttpResponse operator()(const HttpRequest &request) {
        if (SettingsPointer now = current_.load(); now != settings_) {
            api_ = std::make_unique<HttpApi>(now->config, now->rules, clock_, relay_,
                                             *now->identity, limits_);
            settings_ = std::move(now); // after the old one's last use
        }
        return api_->handle(request);
    }

  private:
    const std::atomic<SettingsPointer> &current_;
    const Clock &clock_;
    OutboxRelay &relay_;
    AuthLimits &limits_;
    SettingsPointer settings_;
    std::unique_ptr<HttpApi> api_;
};

/// Our own table is made wherever it is missing; the application's tables are the application's.
Result<Database> openStore(const AppConfig &config) {
    auto database = Database::open(databaseSettings(config));
    if (!database)
        return database;
    if (const auto made = makeOutbox(*database); !made)
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

int serve(const DaemonOptions &options, const SettingsPointer &settings, const Clock &clock,
          UsageRecorder &recorder) {
    const AppConfig &config = settings->config; // what a reload cannot change
    std::atomic<SettingsPointer> current(settings);
    Result<std::vector<UniqueFd>> sockets = inheritedListeners();
    const bool areOurs = sockets->empty();
    if (areOurs)
        sockets = ownListeners(config);
    if (!sockets)
        return complain(sockets.error());
    if (const auto written = writePidFile(config, "fcgi"); !written)
        return complain(written.error());
    const std::chrono::milliseconds patience(config.workerTimeoutMs);
    OutboxRelay relay([&] { return openStore(config); },
                      [&] { return WorkerClient(config.ipcSocket, patience); }, clock,
                      config.apps[0].id);
    relay.start();
    recorder.start(Database::onDemand(databaseSettings(config)));
    AuthLimits limits;
    const auto makeHandler = [&]() -> HttpHandler {
        auto handler = std::make_shared<ReloadingHandler>(current, clock, relay, limits);
        return [handler](const HttpRequest &request) { return (*handler)(request); };
    };
    const auto reload = [&] {
        if (SettingsPointer fresh = loadSettings(options, clock, recorder)) {
            current.store(std::move(fresh));
            log(LogLevel::Notice, "fcgi reloaded");
        }
    };
    FcgiServer server(std::move(*sockets), static_cast<std::size_t>(config.fcgiThreads),
                      static_cast<std::size_t>(config.maxBodySize), makeHandler, reload);
    log(LogLevel::Notice, "fcgi ready",
        {{"threads", config.fcgiThreads}, {"rules", settings->rules.ruleCount()}});
    ::sd_notify(0, "READY=1");
    const auto served = server.run();
    ::sd_notify(0, "STOPPING=1");
    relay.stop();
    recorder.stop();
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
    raiseFileLimit();
    CurlClient::startLibrary();
    return serve(options, settings, clock, recorder);
}
