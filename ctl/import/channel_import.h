// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/models.h"
#include "shared/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What became of one `Broadcast::channel(…)`.
struct ImportedChannel {
    int line = 0;
    std::string pattern;
    bool isRule = false;            ///< false: left to the application
    std::string reason;             ///< why it is left to the application
    std::string danger;             ///< what the original lets everybody do; empty: nothing
    std::vector<std::string> rules; ///< JSON, in order
    std::vector<std::string> notes;
};

struct ChannelImport {
    std::vector<ImportedChannel> channels;
    std::vector<std::string> notes;   ///< about the file as a whole
    std::vector<std::string> columns; ///< of the user, that the rules name
    std::string json() const;         ///< the text of a channels.json
};

/// Translates a routes/channels.php. Every registration becomes rules, or one that leaves it to the
/// application: the result is never laxer than the file. Pure, but for the models' files.
/// BadRequest with the line: the file as a whole cannot be read.
Result<ChannelImport> importChannels(std::string_view php, Models &models);

} // namespace pregon
