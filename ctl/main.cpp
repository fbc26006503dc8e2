// pregonctl: the operator's hand. Options and the table of commands; no logic.

#include "ctl/commands.h"
#include "shared/daemon.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>

namespace {

using namespace pregon;

/// `database check` is the subcommand `check` of `database`.
CLI::App *addPhrase(CLI::App &app, std::map<std::string, CLI::App *> &parents,
                    const Command &command) {
    const std::string phrase = command.phrase;
    const std::size_t blank = phrase.find(' ');
    if (blank == std::string::npos)
        return app.add_subcommand(phrase, command.help);
    const std::string first = phrase.substr(0, blank);
    CLI::App *&parent = parents[first];
    if (parent == nullptr)
        parent = app.add_subcommand(first, "see pregonctl " + first + " --help");
    return parent->require_subcommand(1)->fallthrough()->add_subcommand(phrase.substr(blank + 1),
                                                                        command.help);
}

} // namespace

int main(int argc, char **argv) {
    CommandOptions options;
    CLI::App app("Operates Pregón: keys, configuration check, status, demonstration data.",
                 "pregonctl");
    app.set_version_flag("--version", std::string("pregonctl ") + kVersion);
    app.require_subcommand(1);
    app.fallthrough(); // --config may stand before or behind the command
    app.add_option("--config", options.configFile, "file of KEY=value lines")->type_name("FILE");
    std::map<std::string, CLI::App *> parents;
    std::map<const Command *, CLI::App *> phrases;
    for (const Command &command : commands())
        phrases[&command] = addPhrase(app, parents, command);
    app.get_subcommand("status")->add_flag("--json", options.asJson, "as one JSON object");
    app.get_subcommand("demo")
        ->add_option("--page", options.pageFile, "also write the demo page's demo.json")
        ->type_name("FILE");
    CLI11_PARSE(app, argc, argv);
    if (options.configFile.empty() && std::filesystem::exists(kDefaultConfigFile))
        options.configFile = kDefaultConfigFile;

    for (const Command &command : commands()) {
        if (!phrases[&command]->parsed())
            continue;
        const auto done = command.run(options, std::cout);
        if (!done) {
            std::cerr << "pregonctl: " << done.error().reason << '\n';
            return 1;
        }
    }
    return 0;
}
