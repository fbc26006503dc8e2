#pragma once

#include "shared/ipc_frame.h"
#include "shared/ipc_message.h"
#include "worker/application.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace pregon {

/// What the worker knows about itself, for `pregonctl status`.
struct WorkerFigures {
    std::uint64_t published = 0;   ///< events taken over the IPC socket
    std::uint64_t deliveries = 0;  ///< frames queued for subscribers out of them
    std::uint64_t framesSent = 0;  ///< frames handed to the kernel, of any kind
    std::uint64_t slowConsumers = 0; ///< connections closed because their queue was full
    std::uint64_t refused = 0;       ///< clients refused when they connected
    std::int64_t uptimeSeconds = 0;
};

/// What pregon-fcgi and pregonctl may ask: one table from IpcType to handler.
class IpcCommands {
  public:
    /// `figures` completes what is not counted here.
    IpcCommands(ApplicationRegistry &applications, WorkerFigures &figures)
        : applications_(applications), figures_(figures) {}

    /// The answer to one frame. A frame that is no request is answered with BadRequest.
    ReplyMessage handle(const IpcFrame &frame);

  private:
    struct Command;
    static const Command kCommands[];

    ReplyMessage publish(const std::string &payload);
    ReplyMessage status(const std::string &payload);

    ApplicationRegistry &applications_;
    WorkerFigures &figures_;
};

} // namespace pregon
