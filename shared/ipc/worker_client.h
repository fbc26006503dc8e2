// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_frame.h"
#include "shared/ipc/ipc_message.h"
#include "shared/result.h"
#include "shared/unix_socket.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Asks a worker, or one of several that share everything: one kept connection, one question at a
/// time. For one thread; each thread of pregon-fcgi has its own.
class WorkerClient {
  public:
    /// What to do while no worker can be reached, as while one restarts.
    enum class WhenAway {
        Fail,      ///< Unavailable at once
        KeepTrying ///< until `patience` is over; nothing has been sent until then
    };
    WorkerClient(std::string socketPath, std::chrono::milliseconds patience)
        : WorkerClient(std::vector{std::move(socketPath)}, patience) {}
    /// Of several workers each client begins with another one; it keeps to that until it hangs up,
    /// cannot be reached or does not answer, and then to the next that can. `socketPaths` is not
    /// empty.
    WorkerClient(std::vector<std::string> socketPaths, std::chrono::milliseconds patience,
                 WhenAway whenAway = WhenAway::Fail);

    /// Waits no longer than until then, however patient it is, until this is called again.
    void answerBy(std::chrono::steady_clock::time_point until) { answerBy_ = until; }

    /// Done when the worker has queued the event for every subscriber that is connected now.
    /// Unavailable when it is away or did not answer in time (then it may have been delivered, or
    /// not); any other error is the worker's own answer.
    Result<Done> publish(const PublishMessage &message);
    /// All of them with one write, in their order; the first error ends the waiting. Unavailable:
    /// some may have been delivered.
    Result<Done> publishAll(const std::vector<PublishMessage> &messages);
    /// Of several publishers: with one write, in their order, and each its own answer. If the
    /// worker fails in between, Unavailable for those that it did not answer.
    std::vector<Result<Done>> publishEach(const std::vector<const PublishMessage *> &messages);
    /// The JSON that IpcType says for each of these. NotFound: no such application.
    Result<std::string> channels(const ChannelsQuery &query);
    Result<std::string> channelInfo(const ChannelInfoQuery &query);
    Result<std::string> users(const AppQuery &query);
    Result<std::string> connections(const AppQuery &query);
    /// Ends every connection of a user. Done also if there is none.
    Result<Done> terminate(const AppQuery &query);
    /// Makes the worker close its clients and end. Done when it has begun; the JSON of
    /// IpcType::Drain. Asked again it changes nothing and tells what is left.
    Result<std::string> drain();
    /// Makes the worker replace its program under its clients. Done when it has begun; the JSON of
    /// IpcType::Upgrade. How it ends, `status` tells. Unavailable: not now.
    Result<std::string> upgrade();
    /// The worker's figures as a JSON object.
    Result<std::string> status();
    /// One page of connections or channels, as JSON; see WalkPlace. NotFound.
    Result<std::string> listConnections(const ListQuery &query);
    Result<std::string> listChannels(const ListQuery &query);
    /// Of pregon-webhookd, whose socket the client has then: the JSON that IpcType says.
    Result<std::string> webhooks(const AppQuery &query);
    Result<std::string> testWebhooks(const AppQuery &query);
    Result<std::string> resendWebhooks(const AppQuery &query);
    /// Calls `each` with every event from now on, until it returns false. Ends else only with an
    /// error: Unavailable, the worker has gone. NotFound,
    /// TooLarge: the worker's refusal.
    Result<Done> tail(const TailRequest &request,
                      const std::function<bool(const TailEvent &)> &each);

  private:
    Result<std::string> ask(IpcType type, std::string payload);
    Result<std::string> askAll(IpcType type, std::vector<std::string> payloads);
    std::vector<Result<std::string>> askEach(IpcType type, std::vector<std::string> payloads);
    Result<TailEvent> nextTailEvent();
    Result<Done> connectAndSend(std::string_view &bytes,
                                std::chrono::steady_clock::time_point until);
    Result<Done> ensureConnected();
    Result<Done> sendToSomeWorker(std::string_view bytes,
                                  std::chrono::steady_clock::time_point until);
    Result<ReplyMessage> awaitReply(std::uint32_t requestId,
                                    std::chrono::steady_clock::time_point until);
    Result<Done> receiveMore(std::chrono::steady_clock::time_point until);
    Result<Done> connect();
    /// The next question goes to the next worker: where systemd holds the socket of one that is
    /// away it could be reached, and would not answer.
    void leaveWorker();
    bool workerHungUp() const;

    std::vector<std::string> socketPaths_;
    std::size_t at_; ///< the one to connect to, modulo their number
    std::chrono::milliseconds patience_;
    WhenAway whenAway_;
    std::chrono::steady_clock::time_point answerBy_ = std::chrono::steady_clock::time_point::max();
    UniqueFd socket_;
    IpcFrameDecoder decoder_;
    std::uint32_t lastRequestId_ = 0;
};

} // namespace pregon
