// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/access.h"
#include "ctl/import/channels_php.h"
#include "ctl/import/models.h"
#include "shared/result.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pregon {

/// What a presence channel shows of its members: member, column of the user.
using ShownColumns = std::vector<std::pair<std::string, std::string>>;

/// A parameter that the closure takes apart: `explode('-', $pair)` makes two of one.
struct SplitParameter {
    std::string name;
    std::string separator;
    std::string first() const { return name + "1"; }
    std::string second() const { return name + "2"; }
    std::string third() const { return name + "3"; }
};

/// What a closure says, in our words.
struct ClosureMeaning {
    Access access;                     ///< simplified, without negation
    std::optional<ShownColumns> shown; ///< it returns an array: for presence channels
    std::optional<SplitParameter> split;
    std::vector<std::string> notes;
};

/// Translates the closure of a registration that has one. Every part of its code is accounted for:
/// BadRequest with the line and the reason for the first part that is not. The result is never
/// laxer than the closure: for no user and channel does it hold where the closure refuses or fails.
Result<ClosureMeaning> translateClosure(const ChannelRegistration &channel, const PhpNames &names,
                                        Models &models);

/// The names in the braces of a pattern, in order.
std::vector<std::string> patternParameters(std::string_view pattern);

} // namespace pregon
