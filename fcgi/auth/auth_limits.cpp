// SPDX-License-Identifier: MIT
#include "fcgi/auth/auth_limits.h"

#include "shared/client_address.h"

namespace pregon {
namespace {

constexpr std::chrono::seconds kMinute{60};

} // namespace

/// If the minute is over.
void AuthLimits::Minute::beginAnew(Time now) {
    if (now < start + kMinute)
        return;
    start = now;
    counts.clear();
}

std::int64_t AuthLimits::secondsToWait(std::string_view address, Time now, std::int64_t perMinute) {
    const std::string key = addressKey(address);
    const std::lock_guard lock(mutex_);
    requests_.beginAnew(now);
    const auto found = requests_.counts.find(key);
    if (found == requests_.counts.end()) {
        if (requests_.counts.size() < kMaxAddresses)
            requests_.counts.emplace(key, 1);
        return 0;
    }
    if (found->second < perMinute) {
        found->second++;
        return 0;
    }
    return std::chrono::ceil<std::chrono::seconds>(requests_.start + kMinute - now).count();
}

bool AuthLimits::isWorthALine(const std::string &key, Time now) {
    const std::lock_guard lock(mutex_);
    lines_.beginAnew(now);
    return lines_.counts.size() < kMaxLines && lines_.counts.emplace(key, 1).second;
}

bool AuthLimits::beginQuestion(std::int64_t maximum) {
    if (questions_.fetch_add(1) < maximum)
        return true;
    questions_--;
    return false;
}

} // namespace pregon
