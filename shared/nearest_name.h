// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Up to three of `known` that a misspelt name may stand for, the nearest first: those that differ
/// from it in at most a third of its characters, or begin with it; words (`PREGON_`) at the
/// beginning that both have do not count. Empty if none comes near.
std::vector<std::string_view> nearestNames(std::string_view wrong,
                                           const std::vector<std::string_view> &known);

/// `; did you mean a, b or c?`; empty if none comes near.
std::string didYouMean(std::string_view wrong, const std::vector<std::string_view> &known);

} // namespace pregon
