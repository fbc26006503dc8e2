#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What the limits of an nginx allow too little of, for its main file's text; included files are
/// not followed. Each proxied WebSocket takes two of worker_connections.
std::vector<std::string> nginxWarningsFor(std::string_view text, const std::string &file);
/// The same for a file; nothing if it is not there or may not be read: nginx need not be in front.
std::vector<std::string> nginxWarnings(const std::string &file);

} // namespace pregon
