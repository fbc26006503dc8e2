// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/channel_import.h"
#include "ctl/probe/http_probe.h"
#include "shared/result.h"

#include <chrono>
#include <iosfwd>
#include <string>
#include <vector>

namespace pregon {

/// What to compare: broadcasting auth of the application and of Pregón, for the same users.
struct ChannelComparison {
    SiteUrl application, pregon;
    std::vector<std::string> tokens;         ///< bearer tokens; shown by their number
    std::vector<std::string> channels;       ///< with their prefix
    std::chrono::milliseconds timeout{5000}; ///< for each answer
};

/// Channels of each rule to ask about, with 1, 2 and 3 for the parameters.
std::vector<std::string> sampleChannels(const ChannelImport &import);

/// How many answers differ, which it prints, each with who answered what; BadRequest before
/// anything else: one side does not answer broadcasting auth at all.
struct ComparisonResult {
    int asked = 0;
    int stricter = 0; ///< the application allows, Pregón does not
    int laxer = 0;    ///< Pregón allows, the application does not
    int unknown = 0;  ///< one side gave no answer
};
Result<ComparisonResult> compareChannels(const ChannelComparison &comparison, std::ostream &out);

} // namespace pregon
