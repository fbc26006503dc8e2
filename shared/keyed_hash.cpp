// SPDX-License-Identifier: MIT
#include "shared/keyed_hash.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <sodium.h>

namespace pregon {
namespace {

using Key = std::array<unsigned char, crypto_shorthash_KEYBYTES>;

Key randomKey() {
    Key key;
    ::randombytes_buf(key.data(), key.size()); // ends the process where there is no randomness
    return key;
}

} // namespace

std::size_t keyedHash(std::string_view text) {
    static const Key key = randomKey();
    std::array<unsigned char, crypto_shorthash_BYTES> hash;
    ::crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char *>(text.data()),
                       text.size(), key.data());
    std::size_t number = 0;
    static_assert(sizeof number == hash.size());
    std::memcpy(&number, hash.data(), sizeof number);
    return number;
}

} // namespace pregon
