// SPDX-License-Identifier: MIT

// pregon-worker: options, configuration, wiring; no logic.

#include "worker/lifecycle/keep_listening.h"
#include "worker/worker.h"

#include <csignal>
#include <unistd.h>

int main(int argc, char **argv) {
    using namespace pregon;
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN); // until the loop takes it: the configuration is read anyway
    const Program program = thisProgram(argc, argv);
    auto link = Upgrade::linkFromParent();
    bool keepsListening = false;
    const DaemonOptions options = parseDaemonOptions(
        argc, argv, "pregon-worker", "Owns every WebSocket connection and sends each event on.",
        {{std::string(kKeepListeningOption),
          "hold the sockets for a worker, which is started again when it ends", keepsListening}});
    if (keepsListening && !options.checkOnly)
        return keepListening(options, program);
    const auto config = startConfiguration(options);
    if (!config)
        return 1;
    if (options.checkOnly)
        return 0;
    const std::size_t fileLimit = raiseFileLimit();
    Worker worker(*config, options, program);
    if (link && !worker.takeOver(std::move(*link)))
        ::_exit(1); // what it has taken is still another's
    if (!link && !worker.start())
        return 1;
    worker.run(fileLimit);
    return 0;
}
