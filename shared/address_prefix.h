// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pregon {

/// A network of IP addresses, `10.0.0.0/8` or `fd00::/8`; an address alone is a network of one. An
/// IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. Pure.
class AddressPrefix {
  public:
    /// BadRequest with the reason: not an address (a host name, `*`, a range), a length that the
    /// address does not have, bits behind the length that are not 0.
    static Result<AddressPrefix> parse(std::string_view text);

    /// True if the address lies within the network; false for text that is not an address.
    bool contains(std::string_view address) const;

    /// `0.0.0.0/0` and `::/0`.
    bool isEveryAddress() const;

  private:
    using Bytes = std::array<std::uint8_t, 16>;

    static std::optional<Bytes> bytesOf(std::string_view address);
    bool isIpv4() const;

    Bytes bytes_{};    ///< of IPv6; IPv4 is mapped
    int length_ = 128; ///< bits of `bytes_` that count
};

/// True if one of the networks contains the address.
bool containsAddress(const std::vector<AddressPrefix> &prefixes, std::string_view address);

} // namespace pregon
