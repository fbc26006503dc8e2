// SPDX-License-Identifier: MIT
#include "shared/ipc/worker_client.h"

#include <algorithm>
#include <atomic>
#include <poll.h>
#include <thread>

namespace pregon {
namespace {

/// What the worker said makes no sense to us, mostly because it is of another version. That is a
/// failure of the surroundings, not the worker's own refusal: the event may still go out later.
tl::unexpected<Error> notUnderstood(const Error &error) {
    return failure(Errc::Unavailable, error.reason);
}

constexpr std::size_t kMaxAnswer = 256 << 20; ///< some two million channels

const Error kTooLarge{Errc::TooLarge, "message too large for the worker"};

bool isTooLarge(const std::string &payload) {
    return payload.size() > kMaxIpcPayload;
}

Result<Done> done(const Result<std::string> &answer) {
    if (!answer)
        return tl::unexpected<Error>(answer.error());
    return Done{};
}

} // namespace

WorkerClient::WorkerClient(std::vector<std::string> socketPaths, std::chrono::milliseconds patience,
                           WhenAway whenAway)
    : socketPaths_(std::move(socketPaths)), patience_(patience), whenAway_(whenAway) {
    static std::atomic<std::size_t> next = 0;
    at_ = next++;
}

Result<Done> WorkerClient::publish(const PublishMessage &message) {
    return done(ask(IpcType::Publish, message.encode()));
}

Result<Done> WorkerClient::publishAll(const std::vector<PublishMessage> &messages) {
    std::vector<std::string> payloads;
    for (const PublishMessage &message : messages)
        payloads.push_back(message.encode());
    return done(askAll(IpcType::Publish, std::move(payloads)));
}

std::vector<Result<Done>> WorkerClient::publishEach(
    const std::vector<const PublishMessage *> &messages) {
    std::vector<std::string> payloads;
    for (const PublishMessage *message : messages)
        payloads.push_back(message->encode());
    std::vector<Result<Done>> outcomes;
    for (const auto &answer : askEach(IpcType::Publish, std::move(payloads)))
        outcomes.push_back(done(answer));
    return outcomes;
}

Result<std::string> WorkerClient::channels(const ChannelsQuery &query) {
    return ask(IpcType::Channels, query.encode());
}

Result<std::string> WorkerClient::channelInfo(const ChannelInfoQuery &query) {
    return ask(IpcType::ChannelInfo, query.encode());
}

Result<std::string> WorkerClient::users(const AppQuery &query) {
    return ask(IpcType::Users, query.encode());
}

Result<std::string> WorkerClient::connections(const AppQuery &query) {
    return ask(IpcType::Connections, query.encode());
}

Result<Done> WorkerClient::terminate(const AppQuery &query) {
    return done(ask(IpcType::Terminate, query.encode()));
}

Result<std::string> WorkerClient::drain() {
    return ask(IpcType::Drain, {});
}

Result<std::string> WorkerClient::upgrade() {
    return ask(IpcType::Upgrade, {});
}

Result<std::string> WorkerClient::status() {
    return ask(IpcType::Status, {});
}

Result<std::string> WorkerClient::listConnections(const ListQuery &query) {
    return ask(IpcType::ListConnections, query.encode());
}

Result<std::string> WorkerClient::listChannels(const ListQuery &query) {
    return ask(IpcType::ListChannels, query.encode());
}

Result<std::string> WorkerClient::webhooks(const AppQuery &query) {
    return ask(IpcType::HookList, query.encode());
}

Result<std::string> WorkerClient::testWebhooks(const AppQuery &query) {
    return ask(IpcType::HookTest, query.encode());
}

Result<std::string> WorkerClient::resendWebhooks(const AppQuery &query) {
    return ask(IpcType::HookResend, query.encode());
}

Result<Done> WorkerClient::tail(const TailRequest &request,
                                const std::function<bool(const TailEvent &)> &each) {
    if (const auto agreed = ask(IpcType::Tail, request.encode()); !agreed)
        return tl::unexpected<Error>(agreed.error());
    for (;;) {
        const auto event = nextTailEvent();
        const bool goesOn = event && each(*event);
        if (!goesOn)
            socket_.reset(); // events that still come are no answers
        if (!event)
            return tl::unexpected<Error>(event.error());
        if (!goesOn)
            return Done{};
    }
}

/// However long it takes.
Result<TailEvent> WorkerClient::nextTailEvent() {
    for (;;) {
        const auto frame = decoder_.next();
        if (!frame)
            return notUnderstood(frame.error());
        if (*frame) {
            if ((*frame)->type != IpcType::TailEvent)
                return notUnderstood({Errc::Unavailable, "unexpected answer from the worker"});
            return TailEvent::decode((*frame)->payload);
        }
        pollfd state{socket_.get(), POLLIN, 0};
        ::poll(&state, 1, -1);
        if (const auto received = receiveMore(std::chrono::steady_clock::now() + patience_);
            !received)
            return tl::unexpected<Error>(received.error());
    }
}

Result<std::string> WorkerClient::ask(IpcType type, std::string payload) {
    std::vector<std::string> payloads;
    payloads.push_back(std::move(payload));
    return askAll(type, std::move(payloads));
}

/// The text of the last reply; the first error among them otherwise. Nothing is sent if one of them
/// is too large.
Result<std::string> WorkerClient::askAll(IpcType type, std::vector<std::string> payloads) {
    if (std::ranges::any_of(payloads, isTooLarge))
        return tl::unexpected<Error>(kTooLarge);
    Result<std::string> last;
    for (auto &answer : askEach(type, std::move(payloads))) {
        if (!answer)
            return answer;
        last = std::move(answer);
    }
    return last;
}

std::vector<Result<std::string>> WorkerClient::askEach(IpcType type,
                                                       std::vector<std::string> payloads) {
    std::vector<Result<std::string>> answers(payloads.size(), tl::unexpected<Error>(kTooLarge));
    std::vector<std::size_t> sent; // which of them, in the order of their request ids
    std::uint32_t id = lastRequestId_;
    std::string bytes;
    for (std::size_t i = 0; i < payloads.size(); i++) {
        if (isTooLarge(payloads[i]))
            continue;
        bytes += encodeIpcFrame({type, ++lastRequestId_, std::move(payloads[i])});
        sent.push_back(i);
    }
    const auto until = std::min(answerBy_, std::chrono::steady_clock::now() + patience_);
    Result<Done> connection = sendToSomeWorker(bytes, until);
    for (const std::size_t i : sent) {
        auto reply =
            connection ? awaitReply(++id, until) : tl::unexpected<Error>(connection.error());
        if (!reply) {
            connection = tl::unexpected<Error>(reply.error());
            leaveWorker(); // a late answer must not be taken for the next one's
            answers[i] = tl::unexpected<Error>(reply.error());
        } else if (reply->error) {
            answers[i] = tl::unexpected<Error>(Error{*reply->error, std::move(reply->text)});
        } else {
            answers[i] = std::move(reply->text);
        }
    }
    return answers;
}

Result<Done> WorkerClient::sendToSomeWorker(std::string_view bytes,
                                            std::chrono::steady_clock::time_point until) {
    constexpr std::chrono::milliseconds kPause{10};
    const bool isKept = socket_.isOpen();
    std::string_view unsent = bytes;
    auto sent = connectAndSend(unsent, until);
    if (!sent && isKept && unsent.size() == bytes.size()) // a worker that ends takes no more
        sent = connectAndSend(unsent, until);             // and has seen nothing: the next one does
    while (!sent && whenAway_ == WhenAway::KeepTrying && unsent.size() == bytes.size() &&
           std::chrono::steady_clock::now() + kPause < until) {
        std::this_thread::sleep_for(kPause);
        sent = connectAndSend(unsent, until);
    }
    return sent;
}

Result<Done> WorkerClient::connectAndSend(std::string_view &bytes,
                                          std::chrono::steady_clock::time_point until) {
    if (const auto connected = ensureConnected(); !connected)
        return connected;
    auto sent = sendRest(socket_.get(), bytes, until);
    if (!sent)
        leaveWorker();
    return sent;
}

Result<ReplyMessage> WorkerClient::awaitReply(std::uint32_t requestId,
                                              std::chrono::steady_clock::time_point until) {
    std::string payload;
    for (;;) {
        const auto frame = decoder_.next();
        if (!frame)
            return notUnderstood(frame.error());
        if (*frame) {
            const bool isPart = (*frame)->type == IpcType::ReplyPart;
            if ((!isPart && (*frame)->type != IpcType::Reply) || (*frame)->requestId != requestId)
                return notUnderstood({Errc::Unavailable, "unexpected answer from the worker"});
            payload += (*frame)->payload;
            if (payload.size() > kMaxAnswer)
                return notUnderstood({Errc::Unavailable, "too long an answer from the worker"});
            if (isPart)
                continue;
            auto reply = ReplyMessage::decode(payload);
            if (!reply)
                return notUnderstood(reply.error());
            return reply;
        }
        if (const auto received = receiveMore(until); !received)
            return tl::unexpected<Error>(received.error());
    }
}

Result<Done> WorkerClient::receiveMore(std::chrono::steady_clock::time_point until) {
    char buffer[8192];
    const auto got = receiveSome(socket_.get(), buffer, sizeof buffer, until);
    if (!got)
        return tl::unexpected<Error>(got.error());
    if (*got == 0)
        return failure(Errc::Unavailable, "the worker closed the connection");
    decoder_.append({buffer, *got});
    return Done{};
}

Result<Done> WorkerClient::ensureConnected() {
    if (socket_.isOpen() && workerHungUp())
        leaveWorker();
    return socket_.isOpen() ? Result<Done>(Done{}) : connect();
}

Result<Done> WorkerClient::connect() {
    Result<UniqueFd> connected = failure(Errc::Unavailable, "no worker");
    for (std::size_t tried = 0; tried < socketPaths_.size(); tried++) {
        connected = connectToUnix(socketPaths_[at_ % socketPaths_.size()]);
        if (connected)
            break;
        at_++;
    }
    if (!connected)
        return tl::unexpected<Error>(connected.error());
    socket_ = std::move(*connected);
    decoder_ = {};
    return Done{};
}

void WorkerClient::leaveWorker() {
    if (socket_.isOpen())
        at_++;
    socket_.reset();
}

/// The kept connection of a worker that has gone meanwhile: found here, before a message is spent
/// on it. Between two questions nothing may be readable.
bool WorkerClient::workerHungUp() const {
    pollfd state{socket_.get(), POLLIN | POLLRDHUP, 0};
    return ::poll(&state, 1, 0) != 0;
}

} // namespace pregon
