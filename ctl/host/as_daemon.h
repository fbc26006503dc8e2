// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/host/process_info.h"
#include "shared/result.h"

#include <functional>
#include <optional>
#include <string>

namespace pregon {

/// The user that pregon-fcgi has or would have: of the process that runs with this configuration
/// file, otherwise the user `pregon`; nullopt: there is neither.
std::optional<Credentials> daemonUser(const std::string &configFile);

/// Does `work` as the daemons would, so that root's rights do not hide what they lack: as `who`, in
/// a process of its own, if root asks; otherwise in this one. Its text or its error is what `work`
/// returns. Unavailable: there can be no such process.
Result<std::string> asUser(const std::optional<Credentials> &who,
                           const std::function<Result<std::string>()> &work);

} // namespace pregon
