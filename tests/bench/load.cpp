// SPDX-License-Identifier: MIT

// The load generator: `load --help` lists its scenarios. Run by tests/bench/load, which gives it a
// folder and a time limit.

#include "tests/bench/process.h"
#include "tests/bench/scenarios.h"

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstring>
#include <filesystem>

namespace {

using namespace pregon::bench;

struct Scenario {
    const char *name;
    const char *help;
    void (*run)(const Options &);
    bool isOfBench; ///< run if none is named
};

constexpr Scenario kScenarios[] = {
    {"fan-out", "a delivery beside bare send() and io_uring loops", fanOut, true},
    {"subscribe", "a subscribe to channels of 10 and of 10 000 members", subscribeCost, true},
    {"idle", "what idle connections cost, beside an event and in time", idle, true},
    {"connect", "connections per CPU-second, and the memory of each", connectRate, true},
    {"latency", "from publishing to reading, at fixed rates", latency, true},
    {"client-events", "events from one member of a channel to the others", clientEvents, true},
    {"churn", "clients that come and go under a fan-out", churn, true},
    {"slow", "subscribers that do not read, and those who do", slowConsumers, true},
    {"webhooks", "webhooks off and on, and how many are delivered", webhooks, true},
    {"cluster", "two workers over Redis beside one alone", cluster, true},
    {"upgrade", "the program replaced again and again under clients and events", upgrades, true},
    {"resume", "pages with resume tokens that all come back at once", resume, true},
    {"peers", "the same beside Soketi and nchan", peers, false},
};

std::string help() {
    std::string text = "Scenarios, all but peers if none is named:\n";
    for (const Scenario &scenario : kScenarios)
        text += std::string("  ") + scenario.name +
                std::string(16 - std::strlen(scenario.name), ' ') + scenario.help + "\n";
    return text;
}

/// In a process of its own: one that fails takes none of the others with it.
bool succeeds(const Scenario &scenario, const Options &options) {
    std::printf("\n== %s: %s\n", scenario.name, scenario.help);
    Options own = options;
    own.folder += std::string("/") + scenario.name;
    std::filesystem::create_directory(own.folder);
    const Process process({}, [&] {
        scenario.run(own);
        std::fflush(stdout);
    });
    return process.awaitEnd() == 0;
}

} // namespace

int main(int argc, char **argv) {
    Options options;
    std::vector<std::string> names;
    CLI::App app(help(), "load");
    app.add_option("scenario", names, "what to measure");
    app.add_option("--folder", options.folder, "for sockets and logs")->required();
    app.add_option("--build", options.build, "where the programs are")->required();
    app.add_option("--out", options.out, "where results are written")->required();
    app.add_option("--peers", options.peers, "where Soketi is");
    app.add_option("--nchan", options.nchanModule, "nginx's nchan module");
    app.add_option("--rounds", options.rounds, "interleaved rounds of each scenario");
    app.add_option("--subscribers", options.subscribers, "instead of each scenario's own numbers");
    app.add_option("--seconds", options.seconds, "of each measurement at a fixed rate");
    CLI11_PARSE(app, argc, argv);
    for (const std::string &name : names)
        if (std::ranges::none_of(kScenarios, [&](auto &one) { return one.name == name; }))
            fail("no scenario " + name + ": --help");
    std::filesystem::create_directories(options.out);
    bool allDone = true;
    for (const Scenario &scenario : kScenarios)
        if (names.empty() ? scenario.isOfBench : std::ranges::count(names, scenario.name) > 0)
            allDone = succeeds(scenario, options) && allDone;
    return allDone ? 0 : 1;
}
