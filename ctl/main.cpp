// pregonctl: the operator's hand. Options and the table of commands; no logic.

#include "ctl/commands.h"
#include "shared/daemon.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

int main(int argc, char **argv) {
    using namespace pregon;
    CommandOptions options;
    CLI::App app("Operates Pregón: keys, configuration check, status, demonstration data.",
                 "pregonctl");
    app.set_version_flag("--version", std::string("pregonctl ") + kVersion);
    app.require_subcommand(1);
    app.fallthrough(); // --config may stand before or behind the command
    app.add_option("--config", options.configFile, "file of KEY=value lines")->type_name("FILE");
    for (const Command &command : commands())
        app.add_subcommand(command.phrase, command.help);
    app.get_subcommand("status")->add_flag("--json", options.asJson, "as one JSON object");
    app.get_subcommand("demo")
        ->add_option("--page", options.pageFile, "also write the demo page's demo.json")
        ->type_name("FILE");
    CLI11_PARSE(app, argc, argv);
    if (options.configFile.empty() && std::filesystem::exists(kDefaultConfigFile))
        options.configFile = kDefaultConfigFile;

    for (const Command &command : commands()) {
        if (!app.got_subcommand(command.phrase))
            continue;
        const auto done = command.run(options, std::cout);
        if (!done) {
            std::cerr << "pregonctl: " << done.error().reason << '\n';
            return 1;
        }
    }
    return 0;
}
