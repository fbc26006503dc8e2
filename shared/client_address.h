// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pregon {

/// What the limits per client address count by: the same for every spelling of an address, and for
/// all addresses of an IPv6 /64, since a client has a whole one. An IPv4 address that is written as
/// IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. A text that is no address stands for itself.
std::string addressKey(std::string_view address);

} // namespace pregon
