// SPDX-License-Identifier: MIT
#include "shared/auth/doubtful_rules.h"

#include "shared/auth/channel_authorizer.h"
#include "shared/protocol/channel_rules.h"

#include <algorithm>

namespace pregon {
namespace {

/// The pattern with `with` where its parameters are.
std::string example(std::string_view pattern, std::string_view with) {
    std::string name;
    while (!pattern.empty()) {
        const std::size_t start = std::min(pattern.find('{'), pattern.size());
        name += pattern.substr(0, start);
        pattern.remove_prefix(start);
        if (pattern.empty())
            break;
        name += with;
        pattern.remove_prefix(std::min(pattern.find('}') + 1, pattern.size()));
    }
    return name;
}

/// Does `earlier` match every name that `later` matches? A character that no pattern contains
/// stands for every text of a parameter: only a parameter of `earlier` can take it.
bool covers(const ChannelRule &earlier, const ChannelRule &later) {
    return matchChannel(earlier.pattern, example(later.pattern, "\x01")).has_value();
}

std::string prefixOf(std::string_view pattern) {
    return std::string(
        pattern.substr(0, pattern.size() - ChannelRules::withoutPrefix(pattern).size()));
}

/// True if the condition holds for every authenticated user.
bool isOpen(const ChannelCondition &condition) {
    const bool isFree = condition.allow.empty() && condition.user.empty() &&
                        condition.query.empty() && condition.ability.empty();
    return isFree && std::all_of(condition.all.begin(), condition.all.end(), isOpen) &&
           (condition.any.empty() ||
            std::any_of(condition.any.begin(), condition.any.end(), isOpen));
}

std::string doubt(const std::vector<ChannelRule> &rules, std::size_t index) {
    const std::string &pattern = rules[index].pattern;
    for (std::size_t earlier = 0; earlier < index; earlier++)
        if (covers(rules[earlier], rules[index]))
            return "is never reached: rule " + std::to_string(earlier + 1) + " (" +
                   rules[earlier].pattern + ") matches every such channel before it";
    if (!ChannelRules::isValidName("private-" + example(pattern, "x")))
        return "matches no channel: names have letters, digits and _ - = @ , . ; and at most " +
               std::to_string(ChannelRules::kMaxChannelName) + " of them";
    if (const std::string prefix = prefixOf(pattern); !prefix.empty())
        return "matches only channels that pages call " + prefix + pattern +
               ": patterns are written without the prefix";
    const std::size_t parameter = pattern.find('{');
    if (!rules[index].isForApplication && parameter != pattern.npos &&
        isOpen(rules[index].condition))
        return "lets in every user who is logged in, whatever " +
               pattern.substr(parameter, pattern.find('}', parameter) - parameter + 1) + " is";
    return {};
}

} // namespace

std::vector<std::string> doubtfulRules(const std::vector<ChannelRule> &rules) {
    std::vector<std::string> doubts;
    for (std::size_t index = 0; index < rules.size(); index++)
        if (const std::string why = doubt(rules, index); !why.empty())
            doubts.push_back("rule " + std::to_string(index + 1) + ": " + rules[index].pattern +
                             " " + why);
    return doubts;
}

} // namespace pregon
