#include "ctl/laravel_env.h"

#include "shared/ascii.h"
#include "shared/env_file.h"
#include "shared/small_file.h"

#include <algorithm>

namespace pregon {

LaravelEnv LaravelEnv::parse(std::string_view text, std::string file) {
    LaravelEnv env;
    env.file_ = std::move(file);
    for (std::size_t number = 1; !text.empty(); number++) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = trimLine(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with("export "))
            line = trimLine(line.substr(7));
        const std::size_t equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos)
            continue;
        const std::string_view raw = trimLine(line.substr(equals + 1));
        const auto value = parseEnvironmentValue(raw);
        if (!value)
            continue;
        const std::string key(trimLine(line.substr(0, equals)));
        env.values_[key] = {raw.starts_with('\'') ? *value : env.replaced(*value), number};
    }
    return env;
}

Result<LaravelEnv> LaravelEnv::read(const std::string &file) {
    const auto text = readSmallFile(file);
    if (!text)
        return tl::unexpected<Error>(text.error());
    return parse(*text, file);
}

std::string LaravelEnv::value(std::string_view key) const {
    const auto found = values_.find(key);
    return found != values_.end() ? found->second.text : "";
}

std::string LaravelEnv::where(std::string_view key) const {
    const auto found = values_.find(key);
    return found != values_.end() ? file_ + ":" + std::to_string(found->second.line) : file_;
}

std::string LaravelEnv::whereContained(std::string_view text) const {
    for (const auto &[key, value] : values_)
        if (value.text.find(text) != std::string::npos)
            return where(key);
    return "";
}

/// Bounded: a reference to a reference's text is not followed, so that no line can grow for ever.
std::string LaravelEnv::replaced(std::string_view text) const {
    constexpr std::size_t kLongest = 4096;
    std::string result;
    while (!text.empty() && result.size() < kLongest) {
        const std::size_t start = std::min(text.find("${"), text.size());
        const std::size_t end = text.find('}', start);
        result += text.substr(0, start);
        if (start == text.size() || end == std::string_view::npos)
            return result += text.substr(start);
        result += value(text.substr(start + 2, end - start - 2));
        text.remove_prefix(end + 1);
    }
    return result;
}

} // namespace pregon
