// SPDX-License-Identifier: MIT
#include "shared/store/store_breaker.h"

#include "shared/keyed_hash.h"

#include <algorithm>

namespace pregon {

std::shared_ptr<StoreBreaker> StoreBreaker::of(const std::string &url) {
    static std::mutex mutex;
    static TextMap<std::weak_ptr<StoreBreaker>> all;
    const std::lock_guard lock(mutex);
    std::weak_ptr<StoreBreaker> &known = all[url];
    std::shared_ptr<StoreBreaker> breaker = known.lock();
    if (breaker == nullptr)
        known = breaker = std::make_shared<StoreBreaker>();
    return breaker;
}

StoreBreaker::Permission StoreBreaker::ask(Time now) {
    if (!isOpen_)
        return Permission::Granted;
    const std::lock_guard lock(mutex_);
    const bool isTried = triedSince_ != Time::min() && now < triedSince_ + kLongestTrial;
    if (now < notBefore_ || isTried)
        return Permission::Refused;
    triedSince_ = now;
    return Permission::Trial;
}

void StoreBreaker::close() {
    const std::lock_guard lock(mutex_);
    isOpen_ = false;
    triedSince_ = Time::min();
    pause_ = kFirstPause;
}

void StoreBreaker::failed(Permission permission, Time now) {
    const std::lock_guard lock(mutex_);
    if (isOpen_ && permission != Permission::Trial)
        return;
    pause_ = isOpen_ ? std::min(pause_ * 2, kLongestPause) : kFirstPause;
    isOpen_ = true;
    triedSince_ = Time::min();
    notBefore_ = now + pause_;
}

void StoreBreaker::undecided(Permission permission) {
    if (permission != Permission::Trial)
        return;
    const std::lock_guard lock(mutex_);
    triedSince_ = Time::min();
}

} // namespace pregon
