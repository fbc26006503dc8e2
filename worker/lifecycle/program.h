// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace pregon {

/// What a process was started as, for one that starts it again or takes its place.
struct Program {
    std::string path;
    std::vector<std::string> arguments; ///< argv
};

/// `path` is what it was started by if that is absolute (it may be a link to the newest release),
/// else that of the running file.
Program thisProgram(int argc, char **argv);

} // namespace pregon
