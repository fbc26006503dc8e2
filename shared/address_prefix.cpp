// SPDX-License-Identifier: MIT
#include "shared/address_prefix.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <string>

namespace pregon {
namespace {

constexpr int kBits = 128;
constexpr int kMappedBits = 96; // ::ffff:0:0/96 holds the IPv4 addresses
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

tl::unexpected<Error> invalid(std::string_view text, const std::string &reason) {
    return failure(Errc::BadRequest, std::string(text) + ": " + reason);
}

/// What an operator may have meant who wrote no address.
std::string notAnAddress(std::string_view text) {
    if (text == "*")
        return "for every address write 0.0.0.0/0 and ::/0";
    return "expected an address such as 192.0.2.20, or a prefix such as 10.0.0.0/8";
}

/// Bits behind a slash; nullopt if they are no number from 0 to `most`.
std::optional<int> parseLength(std::string_view text, int most) {
    int length = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const bool isNumber = error == std::errc() && end == text.data() + text.size();
    return isNumber && length >= 0 && length <= most ? std::optional(length) : std::nullopt;
}

template <class Bytes>
Bytes withoutBitsBehind(Bytes bytes, int length) {
    for (int bit = length; bit < kBits; bit++)
        bytes[static_cast<std::size_t>(bit / 8)] &=
            static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
    return bytes;
}

} // namespace

std::optional<AddressPrefix::Bytes> AddressPrefix::bytesOf(std::string_view address) {
    const std::string text(address.substr(0, address.find('%'))); // fe80::1%eth0
    Bytes bytes{};
    if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1)
        return bytes;
    std::copy(kMapped.begin(), kMapped.end(), bytes.begin());
    if (::inet_pton(AF_INET, text.c_str(), bytes.data() + kMapped.size()) == 1)
        return bytes;
    return std::nullopt;
}

Result<AddressPrefix> AddressPrefix::parse(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view address = text.substr(0, slash);
    const auto bytes = bytesOf(address);
    if (!bytes)
        return invalid(text, notAnAddress(text));
    AddressPrefix prefix;
    prefix.bytes_ = *bytes;
    if (slash == text.size())
        return prefix;
    const int before = address.find(':') == std::string_view::npos ? kMappedBits : 0;
    const auto length = parseLength(text.substr(slash + 1), kBits - before);
    if (!length)
        return invalid(text, "a prefix of such an address has 0 to " +
                                 std::to_string(kBits - before) + " bits");
    prefix.length_ = before + *length;
    if (withoutBitsBehind(prefix.bytes_, prefix.length_) != prefix.bytes_)
        return invalid(text, "the address has bits behind the first " + std::to_string(*length) +
                                 "; did you mean " + std::string(address) + "?");
    return prefix;
}

bool AddressPrefix::isIpv4() const {
    return length_ >= kMappedBits && std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

bool AddressPrefix::isEveryAddress() const {
    return length_ == (isIpv4() ? kMappedBits : 0);
}

bool AddressPrefix::contains(std::string_view address) const {
    const auto bytes = bytesOf(address);
    if (!bytes)
        return false;
    const bool isMapped = std::equal(kMapped.begin(), kMapped.end(), bytes->begin());
    return isMapped == isIpv4() && withoutBitsBehind(*bytes, length_) == bytes_;
}

bool containsAddress(const std::vector<AddressPrefix> &prefixes, std::string_view address) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const AddressPrefix &prefix) { return prefix.contains(address); });
}

} // namespace pregon
