// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/ipc/ipc_frame.h"
#include "shared/ipc/ipc_message.h"
#include "worker/cluster/cluster.h"
#include "worker/ipc/repeat_filter.h"

#include <functional>
#include <string>

namespace pregon {

/// The answers of a worker that is one of several: about all workers, and only when Redis has
/// taken what the request does.
class ClusterAnswers {
  public:
    using Answer = std::function<void(ReplyMessage)>;

    /// Borrows all.
    ClusterAnswers(Cluster &cluster, ApplicationRegistry &applications, const Clock &clock)
        : cluster_(cluster), applications_(applications), clock_(clock) {}

    /// What is to be done for every worker: `run` does it here, and the answer waits until Redis
    /// has passed it on. While Redis is away it is done here once, however often the publisher
    /// tries again; the answer is Degraded.
    void handle(const IpcFrame &frame, const std::function<ReplyMessage()> &run, Answer answer);
    /// A question whose answer needs the other workers. False: it is not such a question, or its
    /// application is not known; nothing is called.
    bool ask(const IpcFrame &frame, const Answer &answer);

    bool isUp() const { return cluster_.isUp(); }
    const ClusterContext &context() const { return cluster_.context(); }

  private:
    Cluster &cluster_;
    ApplicationRegistry &applications_;
    const Clock &clock_;
    RepeatFilter repeats_; ///< of what is done while Redis is away
};

/// Calls `ask` with the application and the message of a payload. False: malformed, or no such
/// application.
template <class Message, class Ask>
bool askFor(ApplicationRegistry &applications, const std::string &payload, Ask ask) {
    const auto message = Message::decode(payload);
    Application *application = message ? applications.findById(message->appId) : nullptr;
    if (application == nullptr)
        return false;
    ask(*application, *message);
    return true;
}

} // namespace pregon
