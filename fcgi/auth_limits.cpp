#include "fcgi/auth_limits.h"

#include <arpa/inet.h>

namespace pregon {
namespace {

constexpr std::chrono::seconds kMinute{60};

/// A client has a whole /64 of IPv6.
std::string keyOf(std::string_view address) {
    constexpr std::size_t kNetworkBytes = 8;
    std::string text(address);
    in6_addr bytes{};
    if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1 || IN6_IS_ADDR_V4MAPPED(&bytes))
        return text;
    return std::string(reinterpret_cast<const char *>(bytes.s6_addr), kNetworkBytes);
}

} // namespace

std::int64_t AuthLimits::secondsToWait(std::string_view address, Time now, std::int64_t perMinute) {
    const std::string key = keyOf(address);
    const std::lock_guard lock(mutex_);
    if (now >= minuteStart_ + kMinute) {
        minuteStart_ = now;
        requests_.clear();
    }
    const auto found = requests_.find(key);
    if (found == requests_.end()) {
        if (requests_.size() < kMaxAddresses)
            requests_.emplace(key, 1);
        return 0;
    }
    if (found->second < perMinute) {
        found->second++;
        return 0;
    }
    return std::chrono::ceil<std::chrono::seconds>(minuteStart_ + kMinute - now).count();
}

bool AuthLimits::beginQuestion(std::int64_t maximum) {
    if (questions_.fetch_add(1) < maximum)
        return true;
    questions_--;
    return false;
}

} // namespace pregon
