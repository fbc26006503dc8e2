// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"

#include <cstddef>
#include <string_view>
#include <unordered_set>

namespace pregon {

/// Pointers, found by a text that each one's object has (`key`, a member function) and must keep
/// while it is in: the set holds no copy of it. Look up with a std::string_view.
template <class Pointer, auto key>
class KeyedSetParts {
    static std::string_view textOf(std::string_view text) { return text; }
    static std::string_view textOf(const Pointer &pointer) { return ((*pointer).*key)(); }

  public:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const auto &one) const { return keyedHash(textOf(one)); }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const auto &one, const auto &other) const {
            return textOf(one) == textOf(other);
        }
    };
};

template <class Pointer, auto key>
using KeyedSet = std::unordered_set<Pointer, typename KeyedSetParts<Pointer, key>::Hash,
                                    typename KeyedSetParts<Pointer, key>::Equal>;

} // namespace pregon
