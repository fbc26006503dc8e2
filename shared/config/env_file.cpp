// SPDX-License-Identifier: MIT
#include "shared/config/env_file.h"

#include <algorithm>
#include <unistd.h>

extern char **environ;

namespace pregon {
namespace {

bool isLaravels(std::string_view key) {
    return key.starts_with("REVERB_") || key.starts_with("REDIS_");
}

bool isOurs(std::string_view key) {
    return key.starts_with("PREGON_") || isLaravels(key);
}

std::string valueFor(std::string_view key, std::string_view text) {
    return isLaravels(key) ? laravelEnvValue(text).value_or("") : std::string(text);
}

} // namespace

std::vector<LineFault> lineFaults(const Dotenv &file) {
    std::vector<LineFault> found;
    for (const auto &[line, error, name] : file.faults)
        found.push_back({line, (name.empty() ? "" : name + ": ") + std::string(describe(error))});
    for (const auto &[first, last] : file.passedOver)
        found.push_back({first, "a double quote is not closed: the lines up to " +
                                    std::to_string(last) + " would be passed over"});
    std::stable_sort(found.begin(), found.end(),
                     [](const auto &a, const auto &b) { return a.line < b.line; });
    return found;
}

Environment ourVariables(const Dotenv &file) {
    Environment values;
    for (const auto &entry : file.entries)
        if (isOurs(entry.name))
            values[entry.name] = valueFor(entry.name, entry.value.value_or(""));
    return values;
}

Result<Environment> parseEnvironmentFile(std::string_view text, std::string_view file) {
    const Dotenv parsed = Dotenv::parse(text);
    if (const auto faults = lineFaults(parsed); !faults.empty())
        return failure(Errc::BadRequest, std::string(file) + ":" +
                                             std::to_string(faults.front().line) + ": " +
                                             faults.front().reason);
    return ourVariables(parsed);
}

std::string lineOfKey(std::string_view text, std::string_view key) {
    const Dotenv file = Dotenv::parse(text);
    const auto *entry = file.find(key);
    return entry != nullptr ? std::to_string(entry->line) : "";
}

Environment processEnvironment() {
    Environment values;
    for (char **entry = environ; *entry != nullptr; entry++) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos && isOurs(text))
            values[std::string(text.substr(0, equals))] = valueFor(text, text.substr(equals + 1));
    }
    return values;
}

} // namespace pregon
