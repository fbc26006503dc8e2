#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

namespace pregon {

/// How many connections each client address has open.
class AddressCounter {
  public:
    std::size_t count(const std::string &address) const {
        const auto found = counts_.find(address);
        return found != counts_.end() ? found->second : 0;
    }
    void add(const std::string &address) { counts_[address]++; }
    void remove(const std::string &address) {
        const auto found = counts_.find(address);
        if (found != counts_.end() && --found->second == 0)
            counts_.erase(found);
    }

  private:
    std::unordered_map<std::string, std::size_t> counts_;
};

} // namespace pregon
