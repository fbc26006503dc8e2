// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/env_file.h"
#include "shared/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// One file of the configuration, as it was read.
struct ConfigFile {
    std::string path; ///< where the operator edits it, also where a credential stood in for it
    std::string text;
    Environment values;
};

/// The folder of drop-ins that belongs to a configuration file: `/etc/pregon/pregon.d` for
/// `/etc/pregon/pregon.env`. Empty if the name does not end in `.env`: there is none then.
std::string dropInFolder(const std::string &file);

/// `file` (empty: none), then `*.env` of its folder of drop-ins in the order of their names; later
/// ones win. Names that begin with a dot are ignored, and so is a folder that does not exist. A
/// drop-in that this process may not read is taken from `$CREDENTIALS_DIRECTORY` under the same
/// name (systemd's LoadCredential=). Unavailable with the path and the reason if one cannot be
/// read, BadRequest with `path:line: reason` if it is not of that form.
Result<std::vector<ConfigFile>> readConfigFiles(const std::string &file);

/// The files' values in one. An empty value leaves in place what came before it.
Environment mergedValues(const std::vector<ConfigFile> &files);

/// `path:line` of the value of `key` that is in force; empty if no file sets it.
std::string placeOf(const std::vector<ConfigFile> &files, std::string_view key);

/// True if every user of the machine may read the file.
bool isWorldReadable(const std::string &path);

} // namespace pregon
