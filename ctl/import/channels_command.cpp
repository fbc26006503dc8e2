// SPDX-License-Identifier: MIT
#include "ctl/import/channels_command.h"

#include "ctl/command/printable.h"
#include "ctl/host/private_file.h"
#include "ctl/import/channel_compare.h"
#include "ctl/import/channel_import.h"
#include "shared/ascii.h"
#include "shared/auth/user_store.h"
#include "shared/small_file.h"

#include <algorithm>
#include <filesystem>
#include <ostream>

namespace pregon {
namespace {

/// --models, or what lies beside routes/channels.php in an application.
std::string modelsFolder(const CommandOptions &options, const std::string &file) {
    if (options.has("--models"))
        return options.value("--models");
    std::error_code error;
    const auto folder =
        std::filesystem::absolute(file, error).parent_path().parent_path() / "app" / "Models";
    return std::filesystem::is_directory(folder, error) ? folder.string() : "";
}

std::string placeOf(const ImportedChannel &channel) {
    return "line " + std::to_string(channel.line) + ": " + printable(channel.pattern);
}

void showColumns(const std::vector<std::string> &needed, std::ostream &out) {
    std::vector<std::string> columns = UserSettings().columns;
    bool isMore = false;
    for (const std::string &column : needed)
        if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
            columns.push_back(column);
            isMore = true;
        }
    if (!isMore)
        return;
    out << "the rules need: PREGON_USER_COLUMNS=";
    for (std::size_t i = 0; i < columns.size(); i++)
        out << (i == 0 ? "" : ",") << columns[i];
    out << '\n';
}

void show(const ChannelImport &import, std::ostream &out) {
    std::size_t ruled = 0;
    for (const ImportedChannel &channel : import.channels)
        if (!channel.danger.empty())
            out << "dangerous: " << placeOf(channel) << ": the application " << channel.danger
                << '\n';
    for (const std::string &note : import.notes)
        out << "note: " << printable(note) << '\n';
    std::vector<std::vector<std::string>> rows;
    for (const ImportedChannel &channel : import.channels) {
        ruled += channel.isRule ? 1 : 0;
        rows.push_back({std::to_string(channel.line), printable(channel.pattern),
                        channel.isRule ? "rule" : "application", printable(channel.reason)});
        for (const std::string &note : channel.notes)
            rows.push_back({"", "", "", "note: " + printable(note)});
    }
    out << aligned(rows) << import.channels.size() << " channels: " << ruled << " became rules, "
        << import.channels.size() - ruled << " are left to the application"
        << (ruled < import.channels.size() ? " (PREGON_AUTH_FALLBACK)\n" : "\n");
    showColumns(import.columns, out);
}

/// The lines of the file that --token-file names; no argument ever holds a token.
Result<std::vector<std::string>> readTokens(const std::string &file) {
    const auto text = readSmallFile(file);
    if (!text)
        return tl::unexpected<Error>(text.error());
    std::vector<std::string> tokens;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::string_view token = trimLine(rest.substr(0, rest.find('\n')));
        if (!token.empty())
            tokens.emplace_back(token);
        rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    }
    if (tokens.empty())
        return failure(Errc::BadRequest, file + ": no token");
    return tokens;
}

Outcome compare(const CommandOptions &options, const ChannelImport &import, std::ostream &out) {
    if (!options.has("--token-file") || !options.has("--url"))
        return wrongUsage(
            "import channels: --compare needs --token-file FILE, with a user's token on "
            "each line, and --url URL, where Pregón answers");
    auto application = parseSiteUrl(options.value("--compare"));
    auto pregon = parseSiteUrl(options.value("--url"));
    auto tokens = readTokens(options.value("--token-file"));
    for (const Error *error :
         {application ? nullptr : &application.error(), pregon ? nullptr : &pregon.error(),
          tokens ? nullptr : &tokens.error()})
        if (error != nullptr)
            return problem(error->reason);
    ChannelComparison comparison{*application, *pregon, *tokens, sampleChannels(import)};
    if (comparison.channels.empty())
        return problem("no channel became a rule: there is nothing to compare");
    const auto result = compareChannels(comparison, out);
    if (!result)
        return tl::unexpected<CommandError>(result.error());
    out << result->asked << " answers compared: " << result->laxer << " laxer, " << result->stricter
        << " stricter than the application, " << result->unknown << " unknown\n";
    if (result->laxer > 0 || result->unknown > 0)
        return problem("Pregón and the application do not agree");
    return Done{};
}

} // namespace

Outcome importChannelRules(const CommandOptions &options, std::ostream &out) {
    const std::string file = options.value("FILE");
    if (options.has("--print") && options.has("--write"))
        return wrongUsage(
            "import channels: --print writes no file: take > FILE, or --write without it");
    const auto text = readSmallFile(file);
    if (!text)
        return tl::unexpected<CommandError>(text.error());
    const std::string folder = modelsFolder(options, file);
    std::error_code error;
    if (!folder.empty() && !std::filesystem::is_directory(folder, error))
        return problem(folder + ": no folder");
    Models models(folder);
    const auto import = importChannels(*text, models);
    if (!import)
        return problem(file + ": " + import.error().reason);
    if (options.has("--compare"))
        return compare(options, *import, out);
    if (options.has("--print")) {
        out << import->json();
        return Done{};
    }
    show(*import, out);
    if (!options.has("--write")) {
        out << "nothing is written: --print shows the rules, --write FILE writes them\n";
        return Done{};
    }
    const std::string target = options.value("--write");
    const auto written = writePrivateFile(
        target, import->json(), options.has("--force") ? IfThere::Replace : IfThere::Refuse,
        options.configFile);
    if (!written)
        return tl::unexpected<CommandError>(written.error());
    out << "written: " << target << '\n';
    return Done{};
}

} // namespace pregon
