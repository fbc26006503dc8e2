// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace pregon {

/// SipHash-2-4 of `text` under a random key of this process. Who chooses the text cannot choose
/// where it lands in a container, as with std::hash, whose collisions can be computed; so a name
/// from outside costs the same whatever it is. Another process has another key: never store or
/// send a hash. Any thread.
std::size_t keyedHash(std::string_view text);

/// For containers; find with a std::string_view.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return keyedHash(text); }
};

/// Every container that is keyed by text is one of these, or a KeyedSet (tests/check-layers).
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;
/// The texts live elsewhere, for as long as they are in.
template <class Value>
using TextViewMap = std::unordered_map<std::string_view, Value, TextHash, std::equal_to<>>;

} // namespace pregon
