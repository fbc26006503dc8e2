// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/channels_file.h"

#include <string>
#include <vector>

namespace pregon {

/// What an operator should know about rules that are valid all the same, each with the rule's
/// number: a rule that an earlier one leaves nothing to, a pattern that no channel's name can
/// match, a pattern that only a doubled prefix matches (`private-chat.{id}`:
/// private-private-chat.5), a pattern with parameters whose condition holds for every authenticated
/// user. Pure.
std::vector<std::string> doubtfulRules(const std::vector<ChannelRule> &rules);

} // namespace pregon
