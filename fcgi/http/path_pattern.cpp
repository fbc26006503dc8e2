// SPDX-License-Identifier: MIT
#include "fcgi/http/path_pattern.h"

#include "fcgi/http/form_fields.h"

#include <algorithm>

namespace pregon {

std::optional<PathParameters> matchPath(std::string_view pattern, std::string_view path) {
    PathParameters parameters;
    for (;;) {
        const std::string_view wanted =
            pattern.substr(0, std::min(pattern.find('/'), pattern.size()));
        const std::string_view found = path.substr(0, std::min(path.find('/'), path.size()));
        if (wanted.starts_with(':') && !found.empty())
            parameters[std::string(wanted.substr(1))] = found;
        else if (wanted != found)
            return std::nullopt;
        pattern.remove_prefix(wanted.size());
        path.remove_prefix(found.size());
        if (pattern.empty() || path.empty())
            return pattern.empty() && path.empty() ? std::optional(parameters) : std::nullopt;
        pattern.remove_prefix(1);
        path.remove_prefix(1);
    }
}

std::string decodedParameter(const PathParameters &parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found != parameters.end() ? percentDecode(found->second, PlusSign::IsPlus) : "";
}

std::string_view withoutPathPrefix(std::string_view path, std::string_view prefix) {
    if (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/'))
        path.remove_prefix(prefix.size());
    return path;
}

} // namespace pregon
