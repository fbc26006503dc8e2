// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/result.h"
#include "shared/unix_socket.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The descriptor of the first of them, as sd_listen_fds(3) says.
inline constexpr int kFirstHandedSocket = 3;

/// A listening socket that the service manager opened for this process.
struct HandedSocket {
    std::string name; ///< FileDescriptorName= of the socket unit
    ListenAddress address;
    UniqueFd socket; ///< non-blocking, close-on-exec; other copies stay open
};

/// Those of sd_listen_fds_with_names(3), in their order; empty if there are none. BadRequest with
/// descriptor and name if one is not a listening stream socket (Unix-domain or TCP). Call it once:
/// the variables about them are removed from the environment.
Result<std::vector<HandedSocket>> socketsFromSystemd();

/// The same for one descriptor that came otherwise.
Result<HandedSocket> handedSocket(const std::string &name, UniqueFd socket);

/// Logs a warning for each address that the operator has set in `key` but that is not among
/// `handed`: the daemon does not listen there.
void warnOfUnheard(const AppConfig &config, const std::string &key,
                   const std::vector<ListenAddress> &wanted,
                   const std::vector<ListenAddress> &handed);

/// As they are written in the configuration, with commas.
std::string textOf(const std::vector<ListenAddress> &addresses);

} // namespace pregon
