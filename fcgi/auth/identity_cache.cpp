// SPDX-License-Identifier: MIT
#include "fcgi/auth/identity_cache.h"

namespace pregon {
namespace {

std::string randomKey() {
    constexpr std::string_view kHex = "0123456789abcdef";
    constexpr std::size_t kLength = 64;
    return randomText(kLength, kHex);
}

} // namespace

IdentityCache::IdentityCache(std::int64_t maxAgeSeconds, std::size_t maxSize, const Clock &clock)
    : maxAgeSeconds_(maxAgeSeconds), maxSize_(maxSize), clock_(clock), digester_(randomKey()) {}

std::string IdentityCache::digestOf(std::string_view kind, std::string_view credential) const {
    return digester_.sign(std::string(kind) + ":" + std::string(credential));
}

/// A clock that was set back makes nothing younger.
bool IdentityCache::isUsable(const Entry &entry) const {
    const std::int64_t now = clock_.unixSeconds();
    return now >= entry.askedAt && now - entry.askedAt < maxAgeSeconds_ &&
           (!entry.validUntil || now <= *entry.validUntil);
}

void IdentityCache::forget(Entries::iterator entry) {
    byDigest_.erase(entry->digest);
    entries_.erase(entry);
}

std::optional<User> IdentityCache::find(std::string_view kind, std::string_view credential) {
    if (maxAgeSeconds_ == 0)
        return std::nullopt;
    const std::string digest = digestOf(kind, credential);
    const std::lock_guard lock(mutex_);
    const auto found = byDigest_.find(digest);
    if (found == byDigest_.end())
        return std::nullopt;
    if (isUsable(*found->second))
        return found->second->user;
    forget(found->second);
    return std::nullopt;
}

void IdentityCache::put(std::string_view kind, std::string_view credential, User user,
                        std::int64_t askedAt, std::optional<std::int64_t> validUntil) {
    if (maxAgeSeconds_ == 0)
        return;
    std::string digest = digestOf(kind, credential);
    const std::lock_guard lock(mutex_);
    if (const auto known = byDigest_.find(digest); known != byDigest_.end())
        forget(known->second);
    while (!entries_.empty() && (entries_.size() >= maxSize_ || !isUsable(entries_.front())))
        forget(entries_.begin());
    entries_.push_back({std::move(digest), std::move(user), askedAt, validUntil});
    byDigest_.emplace(entries_.back().digest, std::prev(entries_.end()));
}

} // namespace pregon
