// SPDX-License-Identifier: MIT
#include "ctl/nginx/nginx_limits.h"

#include "shared/small_file.h"

#include <charconv>
#include <cstdint>
#include <optional>

namespace pregon {
namespace {

std::optional<std::int64_t> numberOf(const NginxDirective *directive) {
    if (directive == nullptr)
        return std::nullopt;
    std::int64_t number = 0;
    const std::string_view text = directive->argument(0);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

} // namespace

std::vector<std::string> nginxWarningsFor(const NginxDirective &file) {
    constexpr std::int64_t kBuiltIn = 512, kEnough = 4096, kUsualFiles = 1024;
    const NginxDirective *events = file.find("events");
    const NginxDirective *connections =
        events != nullptr ? events->find("worker_connections") : nullptr;
    const NginxDirective *files = file.find("worker_rlimit_nofile");
    const std::int64_t most = numberOf(connections).value_or(kBuiltIn);
    std::vector<std::string> warnings;
    if (most < kEnough)
        warnings.push_back(
            (connections != nullptr ? connections->where() : file.file) + ": worker_connections " +
            std::to_string(most) +
            " are enough for half as many WebSockets in each process of nginx: set it to 8192");
    if (const std::int64_t allowed = numberOf(files).value_or(kUsualFiles); allowed < most)
        warnings.push_back(
            (files != nullptr ? files->where() : file.file) + ": worker_rlimit_nofile " +
            (files != nullptr ? std::to_string(allowed) : std::string("is missing")) +
            ": nginx needs an open file for each of its worker_connections (" +
            std::to_string(most) + ")");
    return warnings;
}

std::vector<std::string> nginxWarnings(const std::string &file) {
    if (!readSmallFile(file))
        return {};
    const auto nginx = readNginx(file);
    if (!nginx)
        return {nginx.error().reason + ": the limits of nginx are not known"};
    return nginxWarningsFor(*nginx);
}

} // namespace pregon
