// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/nginx/nginx_file.h"

#include <string>
#include <vector>

namespace pregon {

/// What the limits of an nginx allow too little of. Each proxied WebSocket takes two of
/// worker_connections.
std::vector<std::string> nginxWarningsFor(const NginxDirective &file);
/// The same for a main file and what it includes; nothing if it is not there or may not be read:
/// nginx need not be in front.
std::vector<std::string> nginxWarnings(const std::string &file);

} // namespace pregon
