#pragma once

#include "shared/result.h"

#include <string>

namespace pregon {

enum class IfThere { Refuse, Replace };

/// Writes a file with secrets, of mode 0640 and with its folder's group, as a whole or not at all.
/// BadRequest: it is there already. Unavailable with the path and the reason.
Result<Done> writePrivateFile(const std::string &path, const std::string &text, IfThere ifThere);

} // namespace pregon
