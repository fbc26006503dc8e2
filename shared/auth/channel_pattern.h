// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

using ChannelParameters = std::map<std::string, std::string, std::less<>>;

/// The parameters of a channel name, without its prefix, that matches the pattern of a rule as a
/// whole; nullopt if it does not. `{parameter}` stands for one or more characters without a dot.
/// Where several divisions fit, an earlier parameter takes as much as it can, as in a regular
/// expression. Costs at most the pattern's length times the name's, whatever both are.
std::optional<ChannelParameters> matchChannel(std::string_view pattern, std::string_view name);

} // namespace pregon
