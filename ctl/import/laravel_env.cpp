// SPDX-License-Identifier: MIT
#include "ctl/import/laravel_env.h"

#include "shared/small_file.h"

namespace pregon {

LaravelEnv LaravelEnv::parse(std::string_view text, std::string file) {
    LaravelEnv env;
    env.file_ = std::move(file);
    env.parsed_ = Dotenv::parse(text);
    return env;
}

Result<LaravelEnv> LaravelEnv::read(const std::string &file) {
    const auto text = readSmallFile(file);
    if (!text)
        return tl::unexpected<Error>(text.error());
    return parse(*text, file);
}

std::string LaravelEnv::value(std::string_view key) const {
    const auto *found = parsed_.find(key);
    return found != nullptr && found->value ? laravelEnvValue(*found->value).value_or("") : "";
}

std::vector<std::string> LaravelEnv::names() const {
    std::vector<std::string> names;
    for (const auto &[name, position] : parsed_.latest)
        if (!value(name).empty())
            names.push_back(name);
    return names;
}

std::string LaravelEnv::where(std::string_view key) const {
    const auto *found = parsed_.find(key);
    return found != nullptr ? at(found->line) : file_;
}

std::string LaravelEnv::whereContained(std::string_view text) const {
    for (const auto &[name, position] : parsed_.latest)
        if (value(name).find(text) != std::string::npos)
            return where(name);
    return "";
}

std::string LaravelEnv::refusal() const {
    if (parsed_.faults.empty())
        return "";
    const auto &[line, error, name] = parsed_.faults.front();
    return at(line) + ": " + (name.empty() ? "" : name + ": ") + std::string(describe(error));
}

std::vector<std::string> LaravelEnv::surprises() const {
    std::vector<std::string> found;
    for (const auto &[first, last] : parsed_.passedOver)
        found.push_back(at(first) +
                        ": a double quote is not closed: Laravel passes over the lines "
                        "up to " +
                        std::to_string(last));
    return found;
}

std::string LaravelEnv::undefinedIn(std::string_view key) const {
    const auto *found = parsed_.find(key);
    return found != nullptr ? found->undefined : "";
}

} // namespace pregon
