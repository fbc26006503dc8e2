// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/events/event_parser.h"
#include "fcgi/events/publisher.h"
#include "shared/config/app_config.h"
#include "shared/result.h"

#include <string>
#include <string_view>

namespace pregon {

/// `POST …/events` and `…/batch_events` of requests whose signature has been verified (spec
/// pusher-http-api §3). Validates everything before anything is sent.
class EventsApi {
  public:
    /// Borrows both; `worker` is asked for what a publisher wants to know besides.
    EventsApi(Publisher &publisher, WorkerClient &worker, EventParser parser)
        : publisher_(publisher), worker_(worker), parser_(parser) {}

    /// The JSON to answer with, when the worker has the event for every subscriber. BadRequest,
    /// TooLarge: nothing was sent. Unavailable: the worker is away or behind; the publisher should
    /// try again.
    Result<std::string> trigger(std::string_view body, const App &app);
    /// The same for several events, which are delivered in their order.
    Result<std::string> triggerBatch(std::string_view body, const App &app);

  private:
    Result<std::string> infoOfChannels(const EventRequest &event);
    Result<std::string> infoOfBatch(const std::vector<EventRequest> &events);

    Publisher &publisher_;
    WorkerClient &worker_;
    EventParser parser_;
};

} // namespace pregon
