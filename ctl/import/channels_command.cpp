#include "ctl/import/channels_command.h"

#include "ctl/command/printable.h"
#include "ctl/host/private_file.h"
#include "ctl/import/channel_import.h"
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
