// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <string>

namespace pregon {

enum class IfThere { Refuse, Replace };

struct WrittenFile {
    bool isRootsAlone; ///< no group could be told that the daemons are in
};

/// Writes a file with secrets, of mode 0640, as a whole or not at all. Its group is one that the
/// daemons are in: that of `configFile`, which they read too, or if that is root's, the group
/// `pregon`; only root can give it. BadRequest: it is there already. Unavailable with the path and
/// the reason.
Result<WrittenFile> writePrivateFile(const std::string &path, const std::string &text,
                                     IfThere ifThere, const std::string &configFile);

} // namespace pregon
