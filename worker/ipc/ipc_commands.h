// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/ipc/ipc_frame.h"
#include "shared/ipc/ipc_message.h"
#include "worker/channels/application.h"
#include "worker/ipc/channel_listings.h"
#include "worker/ipc/cluster_answers.h"
#include "worker/lifecycle/drain.h"
#include "worker/lifecycle/worker_figures.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pregon {

/// What pregon-fcgi and pregonctl may ask: one table from IpcType to handler.
class IpcCommands {
  public:
    /// `figures` completes what is not counted here. Borrows all four.
    IpcCommands(ApplicationRegistry &applications, WorkerFigures &figures, const Clock &clock,
                Drain &drain)
        : applications_(applications), figures_(figures), clock_(clock), drain_(drain) {}

    /// Called for an Upgrade; the failure is the answer.
    void whenUpgradeIsAsked(std::function<Result<Done>()> callback) {
        upgrade_ = std::move(callback);
    }

    /// From now on this worker is one of several, and answers for all of them. Borrows it.
    void join(Cluster &cluster) { forAll_.emplace(cluster, applications_, clock_); }

    /// The answer to one frame. A frame that is no request is answered with BadRequest.
    ReplyMessage handle(const IpcFrame &frame);
    /// The same, but what takes long, or must ask other workers, is answered later: calls `answer`
    /// once.
    void handle(const IpcFrame &frame, std::function<void(ReplyMessage)> answer);
    /// Once in each turn of the loop: goes on with what takes long. True: there is more.
    bool goOn() { return listings_.turn(); }
    /// Answers what takes long at once: before a hand-over and before the end.
    void finish() { listings_.finish(); }

    /// Starts to watch events for a Tail; `filled` as Tails::add says. NotFound: no such
    /// application. BadRequest, TooLarge.
    Result<std::unique_ptr<Tail>> tail(const IpcFrame &frame, std::function<void()> filled);

  private:
    struct Command;
    static const Command kCommands[];

    ReplyMessage publish(const std::string &payload);
    ReplyMessage status(const std::string &payload);
    ReplyMessage channels(const std::string &payload);
    ReplyMessage channelInfo(const std::string &payload);
    ReplyMessage users(const std::string &payload);
    ReplyMessage terminate(const std::string &payload);
    ReplyMessage connections(const std::string &payload);
    ReplyMessage drain(const std::string &payload);
    ReplyMessage upgrade(const std::string &payload);
    ReplyMessage listConnections(const std::string &payload);
    ReplyMessage listChannels(const std::string &payload);

    /// Decodes a message and runs `answer` for its application.
    template <class Message, class Answer>
    ReplyMessage forApplication(const std::string &payload, Answer answer);
    bool beginListing(const IpcFrame &frame, const std::function<void(ReplyMessage)> &answer);

    ApplicationRegistry &applications_;
    WorkerFigures &figures_;
    const Clock &clock_;
    ChannelListings listings_;
    std::optional<ClusterAnswers> forAll_; ///< nothing: this worker is the only one
    Drain &drain_;
    std::function<Result<Done>()> upgrade_;
};

} // namespace pregon
