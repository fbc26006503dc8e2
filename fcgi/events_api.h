#pragma once

#include "fcgi/http_message.h"
#include "shared/app_config.h"
#include "shared/ipc_message.h"
#include "shared/result.h"
#include "shared/worker_client.h"

namespace pregon {

/// `POST /apps/{id}/events` of a request whose signature has been verified (spec pusher-http-api
/// §3.1). Validates everything before anything is sent.
class EventsApi {
  public:
    /// `maxEventSize`: bytes of one event's data.
    EventsApi(WorkerClient &worker, std::size_t maxEventSize)
        : worker_(worker), maxEventSize_(maxEventSize) {}

    /// Done when the worker has it for every subscriber. BadRequest, TooLarge: nothing was sent.
    /// Unavailable: the worker is away or behind; the publisher should try again.
    Result<Done> trigger(const HttpRequest &request, const App &app);

    /// The message that a body asks for. Pure.
    Result<PublishMessage> parse(std::string_view body, const App &app) const;

  private:
    WorkerClient &worker_;
    std::size_t maxEventSize_;
};

} // namespace pregon
