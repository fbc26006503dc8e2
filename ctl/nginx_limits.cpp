#include "ctl/nginx_limits.h"

#include "shared/ascii.h"
#include "shared/small_file.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace pregon {
namespace {

struct Directive {
    std::int64_t value = 0;
    std::size_t line = 0;
};

/// The number of a directive, wherever it stands; comments are passed over.
std::optional<Directive> numberOf(std::string_view text, std::string_view name) {
    std::optional<Directive> found;
    for (std::size_t number = 1; !text.empty(); number++) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, std::min(end, text.find('#')));
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t at = line.find(name);
        if (at == std::string_view::npos || (at > 0 && isWordCharacter(line[at - 1])))
            continue;
        line = trimLine(line.substr(at + name.size()));
        Directive directive{0, number};
        if (std::from_chars(line.data(), line.data() + line.size(), directive.value).ec ==
            std::errc())
            found = directive;
    }
    return found;
}

} // namespace

std::vector<std::string> nginxWarningsFor(std::string_view text, const std::string &file) {
    constexpr std::int64_t kBuiltIn = 512, kEnough = 4096, kUsualFiles = 1024;
    const auto connections = numberOf(text, "worker_connections");
    const auto files = numberOf(text, "worker_rlimit_nofile");
    const std::int64_t most = connections ? connections->value : kBuiltIn;
    std::vector<std::string> warnings;
    if (most < kEnough)
        warnings.push_back(
            file + (connections ? ":" + std::to_string(connections->line) : "") +
            ": worker_connections " + std::to_string(most) +
            " are enough for half as many WebSockets in each process of nginx: set it to 8192");
    if (const std::int64_t allowed = files ? files->value : kUsualFiles; allowed < most)
        warnings.push_back(file + (files ? ":" + std::to_string(files->line) : "") +
                           ": worker_rlimit_nofile " +
                           (files ? std::to_string(allowed) : std::string("is missing")) +
                           ": nginx needs an open file for each of its worker_connections (" +
                           std::to_string(most) + ")");
    return warnings;
}

std::vector<std::string> nginxWarnings(const std::string &file) {
    const auto text = readSmallFile(file);
    return text ? nginxWarningsFor(*text, file) : std::vector<std::string>();
}

} // namespace pregon
