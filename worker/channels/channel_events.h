// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace pregon {

/// The events of an application's channels, for a listener that reports them (webhooks). Called in
/// the loop's thread, in the order in which they happen; must not block and must not change
/// channels. The texts are borrowed. Channels that begin with `#` cause none.
class ChannelEvents {
  public:
    virtual ~ChannelEvents() = default;

    virtual void occupied(std::string_view /*channel*/) {}
    virtual void vacated(std::string_view /*channel*/) {}
    virtual void memberAdded(std::string_view /*channel*/, std::string_view /*userId*/) {}
    virtual void memberRemoved(std::string_view /*channel*/, std::string_view /*userId*/) {}
    /// `dataJson` is any JSON value; `userId` is empty except on presence channels.
    virtual void clientEvent(std::string_view /*channel*/, std::string_view /*event*/,
                             std::string_view /*dataJson*/, std::string_view /*socketId*/,
                             std::string_view /*userId*/) {}
    virtual void cacheMissed(std::string_view /*channel*/) {}
    /// Only where the application has subscription counts on.
    virtual void subscriptionCounted(std::string_view /*channel*/, std::size_t /*count*/) {}
};

} // namespace pregon
