// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/ipc/ipc_message.h"
#include "shared/result.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pregon {

struct JsonSlice;

/// One event as its publisher asked for it.
struct EventRequest {
    PublishMessage message;
    std::optional<std::uint32_t> info; ///< ChannelAttribute bits to answer with; nullopt: not asked
};

/// The bodies of `events` and `batch_events` (spec pusher-http-api §3.1, §3.4). Pure. Whatever is
/// wrong is BadRequest, or TooLarge for the data, with a sentence for the publisher.
class EventParser {
  public:
    /// `maxEventSize`: bytes of one event's data. `maxBatchSize`: events in one batch.
    EventParser(std::size_t maxEventSize, std::size_t maxBatchSize)
        : maxEventSize_(maxEventSize), maxBatchSize_(maxBatchSize) {}

    Result<EventRequest> event(std::string_view body, const App &app) const;
    /// 1 to maxBatchSize events in their order, each for one channel.
    Result<std::vector<EventRequest>> batch(std::string_view body, const App &app) const;

  private:
    Result<EventRequest> batchItem(const JsonSlice &item, const App &app) const;

    std::size_t maxEventSize_;
    std::size_t maxBatchSize_;
};

} // namespace pregon
