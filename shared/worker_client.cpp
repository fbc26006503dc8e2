#include "shared/worker_client.h"

#include <poll.h>

namespace pregon {
namespace {

/// What the worker said makes no sense to us, mostly because it is of another version. That is a
/// failure of the surroundings, not the worker's own refusal: the event may still go out later.
tl::unexpected<Error> notUnderstood(const Error &error) {
    return failure(Errc::Unavailable, error.reason);
}

} // namespace

Result<Done> WorkerClient::publish(const PublishMessage &message) {
    const auto answer = ask(IpcType::Publish, message.encode());
    if (!answer)
        return tl::unexpected<Error>(answer.error());
    return Done{};
}

Result<std::string> WorkerClient::status() {
    return ask(IpcType::Status, {});
}

Result<std::string> WorkerClient::ask(IpcType type, std::string payload) {
    if (payload.size() > kMaxIpcPayload)
        return failure(Errc::TooLarge, "message too large for the worker");
    if (socket_.isOpen() && workerHungUp())
        socket_.reset();
    if (!socket_.isOpen())
        if (const auto connected = connect(); !connected)
            return tl::unexpected<Error>(connected.error());
    const std::uint32_t requestId = ++lastRequestId_;
    const auto reply = exchange(encodeIpcFrame({type, requestId, std::move(payload)}), requestId);
    if (!reply) {
        socket_.reset(); // a late answer must not be taken for the next one's
        return tl::unexpected<Error>(reply.error());
    }
    if (reply->error)
        return failure(*reply->error, reply->text);
    return reply->text;
}

Result<ReplyMessage> WorkerClient::exchange(const std::string &bytes, std::uint32_t requestId) {
    const auto until = std::chrono::steady_clock::now() + patience_;
    if (const auto sent = sendAll(socket_.get(), bytes, until); !sent)
        return tl::unexpected<Error>(sent.error());
    return awaitReply(requestId, until);
}

Result<ReplyMessage> WorkerClient::awaitReply(std::uint32_t requestId,
                                              std::chrono::steady_clock::time_point until) {
    for (;;) {
        const auto frame = decoder_.next();
        if (!frame)
            return notUnderstood(frame.error());
        if (*frame) {
            if ((*frame)->type != IpcType::Reply || (*frame)->requestId != requestId)
                return notUnderstood({Errc::Unavailable, "unexpected answer from the worker"});
            auto reply = ReplyMessage::decode((*frame)->payload);
            if (!reply)
                return notUnderstood(reply.error());
            return reply;
        }
        char buffer[8192];
        const auto got = receiveSome(socket_.get(), buffer, sizeof buffer, until);
        if (!got)
            return tl::unexpected<Error>(got.error());
        if (*got == 0)
            return failure(Errc::Unavailable, "the worker closed the connection");
        decoder_.append({buffer, *got});
    }
}

Result<Done> WorkerClient::connect() {
    auto connected = connectToUnix(socketPath_);
    if (!connected)
        return tl::unexpected<Error>(connected.error());
    socket_ = std::move(*connected);
    decoder_ = {};
    return Done{};
}

/// The kept connection of a worker that has gone meanwhile: found here, before a message is spent
/// on it. Between two questions nothing may be readable.
bool WorkerClient::workerHungUp() const {
    pollfd state{socket_.get(), POLLIN | POLLRDHUP, 0};
    return ::poll(&state, 1, 0) != 0;
}

} // namespace pregon
