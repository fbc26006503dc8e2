// SPDX-License-Identifier: MIT
#include "ctl/command_line.h"

#include "ctl/commands.h"
#include "shared/process/daemon.h"

#include <algorithm>
#include <CLI/CLI.hpp>
#include <deque>
#include <filesystem>
#include <sstream>

namespace pregon {
namespace {

/// One thing that may follow a phrase, out of Command::arguments.
struct Argument {
    std::string name; ///< `CHANNEL`, `--app`
    std::string valueName;
    bool isRequired = true;
    bool takesAll = false;

    bool isOption() const { return name.starts_with("--"); }
    bool isFlag() const { return isOption() && valueName.empty(); }
};

std::vector<Argument> argumentsOf(const Command &command) {
    std::vector<Argument> arguments;
    std::istringstream words(command.arguments);
    bool isValueNext = false; // behind `--name`, unless its bracket is closed: a flag
    for (std::string word; words >> word;) {
        const bool opens = word.starts_with('['), closes = word.ends_with(']');
        word = word.substr(opens ? 1 : 0, word.size() - (opens ? 1 : 0) - (closes ? 1 : 0));
        if (isValueNext) {
            arguments.back().valueName = word;
            isValueNext = false;
            continue;
        }
        Argument argument{word, "", !opens, word.ends_with("...")};
        if (argument.takesAll)
            argument.name.resize(word.size() - 3);
        isValueNext = argument.isOption() && !closes;
        arguments.push_back(std::move(argument));
    }
    return arguments;
}

/// The command's own part of the line: declared to CLI11, parsed, and read back.
class CommandParser {
  public:
    explicit CommandParser(const Command &command)
        : command_(command), app_(command.help, "pregonctl " + std::string(command.phrase)) {
        for (const Argument &argument : argumentsOf(command))
            declare(argument);
        app_.add_option("--config", configFile_, "file of KEY=value lines")->type_name("FILE");
    }

    /// CLI11 takes the words from the back.
    tl::expected<CommandLine, CommandError> parse(std::vector<std::string> words,
                                                  CommandOptions options) {
        std::reverse(words.begin(), words.end());
        try {
            app_.parse(words);
        } catch (const CLI::CallForHelp &) {
            return CommandLine{nullptr, {}, helpOf(command_)};
        } catch (const CLI::ParseError &error) {
            return wrongUsage(std::string(command_.phrase) + ": " + error.what() + "\n" +
                              helpOf(command_));
        }
        if (!configFile_.empty())
            options.configFile = configFile_;
        for (const Declared &declared : declared_)
            if (declared.option->count() > 0)
                options.values[declared.name] = declared.word + joined(declared.words);
        return CommandLine{&command_, std::move(options), ""};
    }

  private:
    struct Declared {
        std::string name;
        CLI::Option *option = nullptr;
        std::string word;
        std::vector<std::string> words; ///< if it takes all that are left
        bool flag = false;
    };

    void declare(const Argument &argument) {
        Declared &declared = declared_.emplace_back();
        declared.name = argument.name;
        if (argument.isFlag()) {
            declared.option = app_.add_flag(argument.name, declared.flag);
            return;
        }
        declared.option = argument.takesAll ? app_.add_option(argument.name, declared.words)
                                            : app_.add_option(argument.name, declared.word);
        declared.option->required(argument.isRequired);
    }

    static std::string joined(const std::vector<std::string> &words) {
        std::string text;
        for (const std::string &word : words)
            text += (text.empty() ? "" : " ") + word;
        return text;
    }

    const Command &command_;
    CLI::App app_;
    std::string configFile_;
    std::deque<Declared> declared_; ///< CLI11 keeps references to its elements
};

/// The longest phrase at the front of `words`, which it takes away; null if there is none.
const Command *takePhrase(std::vector<std::string> &words) {
    for (std::size_t count = std::min<std::size_t>(2, words.size()); count > 0; count--) {
        const std::string phrase = count == 2 ? words[0] + " " + words[1] : words[0];
        if (const Command *command = findCommand(phrase)) {
            words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
            return command;
        }
    }
    return nullptr;
}

} // namespace

tl::expected<CommandLine, CommandError> parseCommandLine(std::vector<std::string> words) {
    CommandOptions options;
    options.input = &std::cin;
    bool wantsVersion = false, wantsHelp = false;
    CLI::App app("", "pregonctl");
    app.set_help_flag();
    app.add_flag("--help,-h", wantsHelp);
    app.add_flag("--version", wantsVersion);
    app.add_option("--config", options.configFile);
    app.prefix_command(); // stops at the phrase
    std::reverse(words.begin(), words.end());
    try {
        app.parse(words);
    } catch (const CLI::ParseError &error) {
        return wrongUsage(error.what());
    }
    words = app.remaining();
    if (wantsVersion)
        return CommandLine{nullptr, {}, "pregonctl " + std::string(kVersion) + "\n"};
    if (wantsHelp)
        return CommandLine{nullptr, {}, overview()};
    if (words.empty())
        return wrongUsage("no command\n" + overview());
    const Command *command = takePhrase(words);
    if (command == nullptr)
        return wrongUsage(unknownCommand(
            words[0] + (words.size() > 1 && !words[1].starts_with('-') ? " " + words[1] : "")));
    auto line = CommandParser(*command).parse(std::move(words), std::move(options));
    if (line && line->options.configFile.empty() && std::filesystem::exists(kDefaultConfigFile))
        line->options.configFile = kDefaultConfigFile;
    return line;
}

std::string overview() {
    constexpr std::size_t kColumn = 22;
    std::string text = "usage: pregonctl [--config FILE] COMMAND …\n\n";
    for (const Command &command : commands()) {
        std::string phrase = command.phrase;
        phrase.resize(std::max(kColumn, phrase.size() + 1), ' ');
        text += "  " + phrase + command.help + "\n";
    }
    return text + "\npregonctl help COMMAND shows what a command takes; pregonctl(1) tells more.\n"
                  "Exit codes: 0 done, 1 something is wrong, 2 wrong usage, 3 no answer.\n";
}

std::string helpOf(const Command &command) {
    const std::string arguments = command.arguments;
    return "usage: pregonctl " + std::string(command.phrase) + (arguments.empty() ? "" : " ") +
           arguments + "\n  " + command.help + "\n";
}

std::string optionNames(const Command &command) {
    std::string names;
    for (const Argument &argument : argumentsOf(command))
        if (argument.isOption())
            names += (names.empty() ? "" : " ") + argument.name;
    return names;
}

} // namespace pregon
