// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace pregon {

/// Bytes of memory that this process may use: the machine's, or less if its control group says so.
/// The folders are for tests.
std::int64_t memoryLimit(const std::string &proc = "/proc",
                         const std::string &cgroups = "/sys/fs/cgroup");

/// The bound of all clients' queues together: `setting` (PREGON_MAX_QUEUED_BYTES_TOTAL), or a
/// quarter of `memory` if that is 0.
std::int64_t totalQueueLimit(std::int64_t setting, std::int64_t memory);

} // namespace pregon
