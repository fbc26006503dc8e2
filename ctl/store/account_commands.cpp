// SPDX-License-Identifier: MIT
#include "ctl/store/account_commands.h"

#include "ctl/command/printable.h"
#include "ctl/store/account_store.h"
#include "ctl/store/password_hash.h"
#include "ctl/store/store_commands.h"
#include "ctl/store/uuid.h"
#include "shared/ascii.h"
#include "shared/config/app_config.h"
#include "shared/json/json.h"

#include <charconv>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace pregon {
namespace {

/// A list as a table, or as one JSON object with `name`; NULL is `-` and null.
void printRows(const CommandOptions &options, const char *name,
               const std::vector<std::string> &columns, const std::vector<SqlRow> &rows,
               std::ostream &out) {
    if (options.has("--json")) {
        JsonWriter json;
        json.beginObject().key(name).beginArray();
        for (const SqlRow &row : rows) {
            json.beginObject();
            for (std::size_t i = 0; i < columns.size(); i++) {
                json.key(columns[i]);
                row[i] ? json.string(*row[i]) : json.null();
            }
            json.endObject();
        }
        out << json.endArray().endObject().text() << '\n';
        return;
    }
    std::vector<std::vector<std::string>> cells = {columns};
    for (const SqlRow &row : rows) {
        auto &line = cells.emplace_back();
        for (const SqlValue &value : row)
            line.push_back(value && !value->empty() ? printable(*value) : "-");
    }
    out << aligned(cells);
}

/// `work` with the store, which must be ours to write to.
template <class Work>
Outcome withOwnStore(const CommandOptions &options, const Work &work) {
    return withDatabase(options, [&](Database &database, const AppConfig &config) -> Outcome {
        if (database.kind() != DatabaseKind::Sqlite)
            return problem("the store's tables are the application's: it makes and changes its "
                           "users, tokens and devices itself (php artisan tinker, its own pages)");
        return work(database, config);
    });
}

/// Asks twice on a terminal, without showing what is typed; else the first line of the input.
Result<std::string> readPassword(std::istream &input, std::ostream &out) {
    const bool isTerminal = &input == &std::cin && ::isatty(STDIN_FILENO) == 1;
    termios before{};
    if (isTerminal) {
        ::tcgetattr(STDIN_FILENO, &before);
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        out << "Password: " << std::flush;
    }
    std::string password, again;
    std::getline(input, password);
    if (isTerminal) {
        out << "\nAgain: " << std::flush;
        std::getline(input, again);
        out << "\n";
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        if (again != password)
            return failure(Errc::BadRequest, "the two are not the same");
    }
    return password;
}

Outcome checkName(const char *what, const std::string &text) {
    constexpr std::size_t kLongest = 255; // of Laravel's string columns
    if (trimLine(text).empty() || text.size() > kLongest)
        return wrongUsage(std::string(what) + ": 1 to 255 bytes");
    return Done{};
}

Outcome checkUser(const NewUser &user) {
    for (const auto &[what, text] : {std::pair("--name", user.name), {"--role", user.role}})
        if (const auto valid = checkName(what, text); !valid)
            return valid;
    const std::size_t at = user.email.find('@');
    if (at == 0 || at == std::string::npos || at + 1 == user.email.size() ||
        user.email.find_first_of(" \t\n") != std::string::npos)
        return wrongUsage("--email: expected NAME@DOMAIN");
    return checkName("--email", user.email);
}

TokenSettings tokenSettings(const AppConfig &config) {
    return {.userTypes = config.userTypes};
}

/// Abilities with commas, days with an upper bound; what is not told stays as Sanctum has it.
tl::expected<TokenGrant, CommandError> grantOf(const CommandOptions &options, const Clock &clock) {
    constexpr std::int64_t kMostDays = 36'500, kDay = 86'400;
    TokenGrant grant;
    if (options.has("--abilities")) {
        grant.abilities.clear();
        std::string_view left = options.values.find("--abilities")->second;
        while (!left.empty()) {
            const std::size_t comma = std::min(left.find(','), left.size());
            if (const auto ability = trimLine(left.substr(0, comma)); !ability.empty())
                grant.abilities.emplace_back(ability);
            left.remove_prefix(std::min(comma + 1, left.size()));
        }
    }
    if (options.has("--days")) {
        const std::string text = options.value("--days");
        std::int64_t days = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
        if (error != std::errc() || end != text.data() + text.size() || days < 1 ||
            days > kMostDays)
            return wrongUsage("--days: expected 1 to 36500");
        grant.expiresAt = clock.unixSeconds() + days * kDay;
    }
    return grant;
}

template <class T>
Outcome outcomeOf(const Result<T> &result) {
    if (!result)
        return tl::unexpected<CommandError>(result.error());
    return Done{};
}

} // namespace

Outcome listUsers(const CommandOptions &options, std::ostream &out) {
    return withDatabase(options, [&](Database &database, const AppConfig &) -> Outcome {
        const auto rows = AccountStore(database, SystemClock()).users();
        if (rows)
            printRows(options, "users",
                      {"id", "email", "name", "role", "commerce_id", "created_at"}, *rows, out);
        return outcomeOf(rows);
    });
}

Outcome addUser(const CommandOptions &options, std::ostream &out) {
    NewUser user{options.value("--name"),
                 options.value("--email"),
                 "!",
                 options.has("--commerce") ? SqlValue(options.value("--commerce")) : std::nullopt,
                 options.value("--shop"),
                 options.value("--role", "admin")};
    if (const auto valid = checkUser(user); !valid)
        return valid;
    if (options.has("--commerce") && options.has("--shop"))
        return wrongUsage("user add: either --commerce or --shop");
    return withOwnStore(options, [&](Database &database, const AppConfig &) -> Outcome {
        if (!options.has("--no-password")) {
            const auto password = readPassword(*options.input, out);
            auto hash = password ? hashPassword(*password) : password;
            if (!hash)
                return tl::unexpected<CommandError>(hash.error());
            user.passwordHash = std::move(*hash);
        }
        const auto id = AccountStore(database, SystemClock()).addUser(user);
        if (id)
            out << "user " << *id << " added\n";
        return outcomeOf(id);
    });
}

Outcome revokeUser(const CommandOptions &options, std::ostream &out) {
    return withOwnStore(options, [&](Database &database, const AppConfig &config) -> Outcome {
        const auto done = AccountStore(database, SystemClock())
                              .revokeUser(options.value("USER"), config.userTypes);
        if (done)
            out << "no password, token or device of the user is valid any more\n";
        return outcomeOf(done);
    });
}

Outcome listTokens(const CommandOptions &options, std::ostream &out) {
    return withDatabase(options, [&](Database &database, const AppConfig &config) -> Outcome {
        const auto rows = AccountStore(database, SystemClock())
                              .tokens(options.value("USER"), config.userTypes.front());
        if (rows)
            printRows(
                options, "tokens",
                {"id", "user", "name", "abilities", "last_used_at", "expires_at", "created_at"},
                *rows, out);
        return outcomeOf(rows);
    });
}

Outcome addToken(const CommandOptions &options, std::ostream &out) {
    const SystemClock clock;
    const auto grant = grantOf(options, clock);
    if (!grant)
        return tl::unexpected<CommandError>(grant.error());
    const std::string name = options.value("--name");
    if (const auto valid = checkName("--name", name); !valid)
        return valid;
    return withOwnStore(options, [&](Database &database, const AppConfig &config) -> Outcome {
        const auto token =
            AccountStore(database, clock)
                .addToken(options.value("USER"), name, *grant, tokenSettings(config));
        if (token)
            out << *token << '\n';
        return outcomeOf(token);
    });
}

Outcome revokeToken(const CommandOptions &options, std::ostream &out) {
    return withDatabase(options, [&](Database &database, const AppConfig &config) -> Outcome {
        const auto done = AccountStore(database, SystemClock()).revokeToken(options.value("ID"));
        if (done)
            out << "revoked; pregon-fcgi may remember the token for " << config.identityCacheSeconds
                << " s\n";
        return outcomeOf(done);
    });
}

Outcome listDevices(const CommandOptions &options, std::ostream &out) {
    return withDatabase(options, [&](Database &database, const AppConfig &) -> Outcome {
        const auto rows = AccountStore(database, SystemClock()).devices(options.value("USER"));
        if (rows)
            printRows(
                options, "devices",
                {"id", "uuid", "user", "name", "alias", "commerce_id", "is_active", "last_seen_at"},
                *rows, out);
        return outcomeOf(rows);
    });
}

Outcome addDevice(const CommandOptions &options, std::ostream &out) {
    const NewDevice device{options.value("--uuid", randomUuid()), options.value("--name"),
                           options.value("--alias")};
    for (const auto &[what, text] : {std::pair("--name", device.name), {"--uuid", device.uuid}})
        if (const auto valid = checkName(what, text); !valid)
            return valid;
    return withOwnStore(options, [&](Database &database, const AppConfig &) -> Outcome {
        const auto done =
            AccountStore(database, SystemClock()).addDevice(options.value("USER"), device);
        if (done)
            out << device.uuid << '\n';
        return outcomeOf(done);
    });
}

Outcome revokeDevice(const CommandOptions &options, std::ostream &out) {
    return withOwnStore(options, [&](Database &database, const AppConfig &) -> Outcome {
        const auto done =
            AccountStore(database, SystemClock()).revokeDevice(options.value("DEVICE"));
        if (done)
            out << "the device's payments are refused from now on\n";
        return outcomeOf(done);
    });
}

} // namespace pregon
