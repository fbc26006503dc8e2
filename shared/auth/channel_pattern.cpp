// SPDX-License-Identifier: MIT
#include "shared/auth/channel_pattern.h"

#include <algorithm>
#include <vector>

namespace pregon {
namespace {

struct Part {
    std::string_view text; ///< a parameter's name, or what must stand there
    bool isParameter;
};

std::vector<Part> partsOf(std::string_view pattern) {
    std::vector<Part> parts;
    while (!pattern.empty()) {
        const bool isParameter = pattern.starts_with('{');
        const std::size_t end = std::min(pattern.find(isParameter ? '}' : '{'), pattern.size());
        parts.push_back(
            {isParameter ? pattern.substr(1, end - 1) : pattern.substr(0, end), isParameter});
        pattern.remove_prefix(std::min(end + (isParameter ? 1 : 0), pattern.size()));
    }
    return parts;
}

/// By the place in the name where a part begins: where it ends if everything behind it matches as
/// well, as late as that allows; kNone: it cannot begin there.
using Ends = std::vector<std::size_t>;
constexpr std::size_t kNone = std::string_view::npos;

Ends endsOf(const Part &part, std::string_view name, const Ends &behind) {
    Ends ends(name.size() + 1, kNone);
    for (std::size_t start = name.size() + 1; start-- > 0;) {
        if (!part.isParameter) {
            if (name.substr(start).starts_with(part.text) &&
                behind[start + part.text.size()] != kNone)
                ends[start] = start + part.text.size();
        } else if (start < name.size() && name[start] != '.') {
            const bool mayEnd = behind[start + 1] != kNone;
            ends[start] = ends[start + 1] != kNone ? ends[start + 1] : mayEnd ? start + 1 : kNone;
        }
    }
    return ends;
}

} // namespace

std::optional<ChannelParameters> matchChannel(std::string_view pattern, std::string_view name) {
    const std::string_view first = pattern.substr(0, std::min(pattern.find('{'), pattern.size()));
    if (!name.starts_with(first)) // as with most rules
        return std::nullopt;
    const std::vector<Part> parts = partsOf(pattern);
    std::vector<Ends> ends(parts.size() + 1);
    ends.back().assign(name.size() + 1, kNone);
    ends.back().back() = name.size();
    for (std::size_t i = parts.size(); i-- > 0;)
        ends[i] = endsOf(parts[i], name, ends[i + 1]);
    if (ends.front().front() == kNone)
        return std::nullopt;

    ChannelParameters parameters;
    std::size_t place = 0;
    for (std::size_t i = 0; i < parts.size(); place = ends[i++][place])
        if (parts[i].isParameter)
            parameters.emplace(parts[i].text, name.substr(place, ends[i][place] - place));
    return parameters;
}

} // namespace pregon
