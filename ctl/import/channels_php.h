// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/models.h"
#include "ctl/import/php_syntax.h"
#include "shared/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// One `Broadcast::channel(…)`.
struct ChannelRegistration {
    int line = 0;
    std::string pattern;
    std::optional<PhpExpression> closure; ///< none: `reason` says why
    std::string reason;
    std::optional<std::vector<std::string>> guards; ///< of its options; none: the default guard
    std::vector<std::string> notes;
};

/// What a routes/channels.php registers.
struct ChannelsPhp {
    PhpNames names;
    std::vector<ChannelRegistration> channels; ///< in the order in which Laravel asks them
    std::vector<std::string> notes;
    /// Code outside of registrations that was not understood: it may register channels of its own,
    /// or replace some of these. Empty: there is none.
    std::string unknown;
};

/// Reads the file; the same pattern registered again replaces the closure and keeps its place, as
/// in Laravel. BadRequest with the line: what no tokenizer reads (see phpTokens).
Result<ChannelsPhp> readChannelsPhp(std::string_view php);

/// True if `name` as the file resolves it is Laravel's facade or class of that name, or its alias
/// in the global namespace.
bool isLaravelClass(std::string_view resolved, std::string_view name);

} // namespace pregon
