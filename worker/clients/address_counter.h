// SPDX-License-Identifier: MIT
#pragma once

#include "shared/client_address.h"
#include "shared/keyed_hash.h"

#include <cstddef>
#include <string>

namespace pregon {

/// How many connections each client address has open. What counts as one address: addressKey.
class AddressCounter {
  public:
    std::size_t count(const std::string &address) const {
        const auto found = counts_.find(addressKey(address));
        return found != counts_.end() ? found->second : 0;
    }
    void add(const std::string &address) { counts_[addressKey(address)]++; }
    void remove(const std::string &address) {
        const auto found = counts_.find(addressKey(address));
        if (found != counts_.end() && --found->second == 0)
            counts_.erase(found);
    }

  private:
    TextMap<std::size_t> counts_;
};

} // namespace pregon
