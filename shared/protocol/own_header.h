// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pregon {

/// The header by which Pregón's answers are told from those of whatever else may answer in its
/// place; every HTTP answer of both daemons has it. Its value says which daemon, never a version.
inline constexpr const char *kOwnHeader = "X-Pregon";
inline constexpr const char *kFromWorker = "worker";
inline constexpr const char *kFromResponder = "fcgi";

/// The line of a response's head, with its end.
inline std::string ownHeaderLine(const char *daemon) {
    return std::string(kOwnHeader) + ": " + daemon + "\r\n";
}

} // namespace pregon
