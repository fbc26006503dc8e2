// SPDX-License-Identifier: MIT
#include "ctl/commands.h"

#include "ctl/command_line.h"
#include "ctl/config/configuration_commands.h"
#include "ctl/doctor/doctor_command.h"
#include "ctl/import/channels_command.h"
#include "ctl/import/laravel_import.h"
#include "ctl/store/account_commands.h"
#include "ctl/store/store_commands.h"
#include "ctl/worker/event_commands.h"
#include "ctl/worker/listing_commands.h"
#include "ctl/worker/webhook_commands.h"
#include "ctl/worker/worker_commands.h"
#include "shared/nearest_name.h"

#include <ostream>

namespace pregon {
namespace {

Outcome help(const CommandOptions &options, std::ostream &out) {
    if (options.has("--names")) { // for the shell's completion: each phrase and its options
        for (const Command &command : commands())
            out << command.phrase << '\t' << optionNames(command) << '\n';
        return Done{};
    }
    const std::string phrase = options.value("COMMAND");
    if (phrase.empty()) {
        out << overview();
        return Done{};
    }
    std::string text;
    for (const Command &command : commands()) // `help user` is about every `user …`
        if (command.phrase == phrase || std::string_view(command.phrase).starts_with(phrase + " "))
            text += helpOf(command);
    if (text.empty())
        return wrongUsage(unknownCommand(phrase));
    out << text;
    return Done{};
}

constexpr Command kCommands[] = {
    {"help", "[COMMAND...] [--names]", "what there is to do, or how to use one command", help},
    {"keys", "", "make an application id, key and secret, as lines for pregon.env", makeKeys},
    {"check", "[--nginx FILE] [--json]", "read the configuration and say what is wrong with it",
     checkConfiguration},
    {"config", "[KEY] [--changed] [--json]",
     "show every setting, its value and where that comes from; of KEY the value only",
     showConfiguration},
    {"import", "FILE [--write] [--output FILE] [--force]",
     "take over what concerns us from a Laravel application's .env", importLaravel},
    {"import channels",
     "FILE [--models DIR] [--print] [--write FILE] [--force] [--compare URL] [--url URL] "
     "[--token-file FILE]",
     "translate a Laravel application's routes/channels.php into channels.json",
     importChannelRules},
    {"status", "[--json]", "ask the worker: connections, channels, events", showStatus},
    {"drain", "", "make the worker close its clients, spread over a while, and end", drainWorker},
    {"upgrade", "", "replace the worker's program by the installed one, under its clients",
     upgradeWorker},
    {"doctor",
     "[--url URL] [--laravel-env FILE] [--web-server FILE] [--origin ORIGIN] [--insecure] "
     "[--token-file FILE] [--channel CHANNEL] [--idle SECONDS] [--json]",
     "walk the whole path of an event and say what is wrong, and in which file", runDoctor},
    {"connections", "[--app ID] [--json]",
     "list the clients: address, since when, channels, bytes that wait, user", listConnections},
    {"channels", "[PREFIX] [--app ID] [--json]",
     "list the channels that have subscribers, with their numbers", listChannels},
    {"publish", "CHANNEL EVENT [DATA] [--app ID]",
     "send an event to a channel's subscribers; DATA - is read from stdin", publishEvent},
    {"tail", "[CHANNEL] [--all] [--app ID] [--json]",
     "show the events of a channel, or of all, as they are sent on", tailEvents},
    {"webhook list", "[--app ID] [--json]",
     "list the webhooks: what waits, how the last one ended, when the next attempt is",
     listWebhooks},
    {"webhook test", "[--app ID] [--json]",
     "send a signed test event to each webhook and show its answer", testWebhooks},
    {"webhook resend", "[--app ID]", "try now what waits for a webhook after failures",
     resendWebhooks},
    {"database check", "", "say what the store lacks for Pregón, and what may lose a commit",
     checkStore},
    {"database migrate", "", "make our own table in the store, then check it", migrateStore},
    {"store init", "", "make the embedded store: a SQLite file with the application's tables",
     initStore},
    {"user add",
     "--name NAME --email EMAIL [--shop NAME] [--commerce ID] [--role ROLE] [--no-password]",
     "make a user of the embedded store; the password is asked for or read from stdin", addUser},
    {"user list", "[--json]", "list the users of the store", listUsers},
    {"user revoke", "USER", "end a user's password, tokens and devices", revokeUser},
    {"token add", "USER --name NAME [--abilities LIST] [--days N]",
     "make a token for a user of the embedded store and print it, once", addToken},
    {"token list", "[USER] [--json]", "list the tokens of the store, never their texts",
     listTokens},
    {"token revoke", "ID", "delete a token", revokeToken},
    {"device add", "USER --name NAME [--uuid UUID] [--alias ALIAS]",
     "make a device of a user of the embedded store and print its uuid", addDevice},
    {"device list", "[USER] [--json]", "list the devices of the store", listDevices},
    {"device revoke", "DEVICE", "make a device inactive: its payments are refused", revokeDevice},
    {"demo", "[--page FILE]",
     "fill an empty store for a demonstration: two shops, users, tokens, devices", makeDemo},
};

} // namespace

std::span<const Command> commands() {
    return kCommands;
}

const Command *findCommand(std::string_view phrase) {
    for (const Command &command : kCommands)
        if (command.phrase == phrase)
            return &command;
    return nullptr;
}

std::string unknownCommand(std::string_view phrase) {
    std::vector<std::string_view> phrases, second;
    const std::string_view first = phrase.substr(0, phrase.find(' '));
    for (const Command &command : kCommands) {
        const std::string_view known = command.phrase;
        phrases.push_back(known);
        if (known.starts_with(std::string(first) + " "))
            second.push_back(known);
    }
    if (second.empty())
        return std::string(phrase) + ": no such command" + didYouMean(phrase, phrases) +
               " (pregonctl help lists them)";
    std::string text = std::string(phrase) + ": expected";
    for (std::size_t i = 0; i < second.size(); i++) {
        text += i == 0 ? " " : i + 1 == second.size() ? " or " : ", ";
        text += second[i];
    }
    return text;
}

} // namespace pregon
