// SPDX-License-Identifier: MIT
#include "shared/client_address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>

namespace pregon {

std::string addressKey(std::string_view address) {
    constexpr std::size_t kNetworkBytes = 8, kIpv4At = 12;
    std::string text(address);
    in6_addr bytes{};
    if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1)
        return text;
    std::array<char, INET6_ADDRSTRLEN> name{};
    if (IN6_IS_ADDR_V4MAPPED(&bytes))
        return ::inet_ntop(AF_INET, bytes.s6_addr + kIpv4At, name.data(), name.size());
    std::fill(bytes.s6_addr + kNetworkBytes, bytes.s6_addr + sizeof bytes.s6_addr, std::uint8_t{0});
    ::inet_ntop(AF_INET6, &bytes, name.data(), name.size());
    return name.data() + std::string("/64");
}

} // namespace pregon
