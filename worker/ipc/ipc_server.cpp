// SPDX-License-Identifier: MIT
#include "worker/ipc/ipc_server.h"

#include "shared/log/log.h"

#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <sys/socket.h>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kReceiveSize = 65536;
constexpr std::size_t kMaxUnreadAnswers = 1 << 20;

} // namespace

/// A question and, once there is one, its answer. Answers leave in the order of the questions.
struct Question {
    std::uint32_t requestId;
    std::optional<ReplyMessage> reply;
};

struct IpcServer::Peer {
    std::deque<std::shared_ptr<Question>> questions; ///< not yet in `waiting`
    UniqueFd socket;
    IpcFrameDecoder decoder;
    std::string waiting;        ///< answers that the socket did not take yet
    std::size_t sent = 0;       ///< bytes of `waiting` that it took all the same
    std::size_t unread = 0;     ///< bytes that waited when it was sent to last
    std::unique_ptr<Tail> tail; ///< null unless the peer watches events

    bool hasToSend() const { return !waiting.empty() || (tail != nullptr && tail->hasQueued()); }
    /// The kernel has taken so many bytes more. What a long answer has behind it is dropped by
    /// halves, so that the rest is not moved for each piece.
    void took(std::size_t bytes) {
        sent += bytes;
        if (sent <= waiting.size() / 2)
            return;
        waiting.erase(0, sent);
        sent = 0;
    }
    std::list<Peer>::iterator place;
    bool isServed = false; ///< what there is to send is sent soon
    std::unique_ptr<EventLoop::Watch> watch;
};

IpcServer::IpcServer(EventLoop &loop, UniqueFd socket, IpcCommands &commands,
                     std::set<uid_t> allowed, std::function<void()> served)
    : loop_(loop), commands_(commands), allowed_(std::move(allowed)), served_(std::move(served)),
      listener_(loop, std::move(socket), [this](UniqueFd fd) { accepted(std::move(fd)); }) {}

IpcServer::~IpcServer() = default;

void IpcServer::accepted(UniqueFd socket) {
    const auto user = peerUser(socket.get());
    if (!user || !allowed_.contains(*user)) {
        log(LogLevel::Warning, "ipc refused",
            {{"user", user ? std::to_string(*user) : "unknown"},
             {"reason", "not an allowed user"}});
        return;
    }
    add(std::move(socket));
}

IpcServer::Peer &IpcServer::add(UniqueFd socket) {
    Peer &peer = peers_.emplace_back();
    peer.place = std::prev(peers_.end());
    peer.socket = std::move(socket);
    peer.watch = loop_.watch(peer.socket.get(), EventLoop::Interest::Reading,
                             [this, &peer] { serve(peer); });
    return peer;
}

/// A peer that has closed its connection got no answer: it has stopped waiting, told its publisher
/// to try again, and may have tried again itself. Serving it now would deliver twice, late and out
/// of order.
void IpcServer::serve(Peer &peer) {
    if (peer.watch->hasHungUp()) {
        if (receive(peer))
            log(LogLevel::Notice, "ipc requests dropped", {{"reason", "their sender has gone"}});
        return drop(peer);
    }
    peer.isServed = true;
    const bool isFine = receive(peer) && answer(peer) && sendWaiting(peer);
    peer.isServed = false;
    if (!isFine)
        drop(peer);
}

bool IpcServer::receive(Peer &peer) {
    char buffer[kReceiveSize];
    const ssize_t got = ::recv(peer.socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0)
        peer.decoder.append({buffer, static_cast<std::size_t>(got)});
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool IpcServer::answer(Peer &peer) {
    for (;;) {
        const auto frame = peer.decoder.next();
        if (!frame) {
            log(LogLevel::Warning, "ipc closed", {{"reason", frame.error().reason}});
            return false;
        }
        if (!*frame)
            return true;
        ask(peer, **frame);
        served_();
    }
}

void IpcServer::ask(Peer &peer, const IpcFrame &frame) {
    const auto question = std::make_shared<Question>(Question{frame.requestId, std::nullopt});
    peer.questions.push_back(question);
    if (frame.type == IpcType::Tail) {
        question->reply = tail(peer, frame);
        return collect(peer);
    }
    // A later answer may find the peer gone, and its questions with it.
    commands_.handle(frame, [this, &peer, asked = std::weak_ptr(question)](ReplyMessage reply) {
        const auto still = asked.lock();
        if (still == nullptr)
            return;
        still->reply = std::move(reply);
        collect(peer);
        if (peer.hasToSend() && !peer.isServed)
            peer.watch->change(EventLoop::Interest::ReadingAndWriting);
    });
}

/// What can be sent by now.
void IpcServer::collect(Peer &peer) {
    while (!peer.questions.empty() && peer.questions.front()->reply) {
        const auto question = peer.questions.front();
        peer.questions.pop_front();
        if (question->reply->error)
            log(LogLevel::Warning, "ipc request refused", {{"reason", question->reply->text}});
        peer.waiting += encodeIpcReply(question->requestId, question->reply->encode());
    }
}

/// What the peer watches is written when its socket can be written to: the events of one turn of
/// the loop leave together, and one that does not read costs nothing.
ReplyMessage IpcServer::tail(Peer &peer, const IpcFrame &frame) {
    peer.tail.reset(); // a peer watches one thing
    auto tail = commands_.tail(
        frame, [&peer] { peer.watch->change(EventLoop::Interest::ReadingAndWriting); });
    if (!tail)
        return {tail.error().code, tail.error().reason};
    peer.tail = std::move(*tail);
    return {std::nullopt, "{}"};
}

/// A long answer may wait for as long as its reader takes it. A peer that asks on while much waits
/// and that has taken nothing since does not read.
bool IpcServer::sendWaiting(Peer &peer) {
    bool hasTaken = false;
    while (peer.hasToSend()) {
        if (peer.waiting.empty())
            peer.waiting = peer.tail->take();
        const std::string_view rest = std::string_view(peer.waiting).substr(peer.sent);
        const ssize_t sent =
            ::send(peer.socket.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (sent < 0)
            break;
        hasTaken = true;
        peer.took(static_cast<std::size_t>(sent));
    }
    const std::size_t unread = peer.waiting.size() - peer.sent;
    const std::size_t before = std::exchange(peer.unread, unread);
    if (before > kMaxUnreadAnswers && unread > before && !hasTaken) {
        log(LogLevel::Warning, "ipc closed", {{"reason", "answers are not read"}});
        return false;
    }
    peer.watch->change(peer.hasToSend() ? EventLoop::Interest::ReadingAndWriting
                                        : EventLoop::Interest::Reading);
    return true;
}

void IpcServer::finish() {
    listener_.passOnAll();
    for (Peer &peer : peers_) {
        ::shutdown(peer.socket.get(), SHUT_RD); // what came until now can still be read
        while (receive(peer) && answer(peer)) {
        }
        commands_.finish();
        sendWaiting(peer);
    }
}

void IpcServer::givePeers(const std::function<void(const PeerState &, int socket)> &give) {
    commands_.finish();
    for (Peer &peer : peers_) {
        PeerState state;
        state.received = peer.decoder.rest();
        state.waiting = peer.waiting.substr(peer.sent);
        if (peer.tail != nullptr) {
            state.watches = true;
            state.tailRequestId = peer.tail->requestId();
            state.tailPayload = peer.tail->request().encode();
            state.waiting += peer.tail->waiting();
        }
        give(state, peer.socket.get());
    }
}

Result<Done> IpcServer::takePeer(const PeerState &state, UniqueFd socket) {
    Peer &peer = add(std::move(socket));
    peer.decoder.append(state.received);
    peer.waiting = state.waiting;
    if (state.watches) // else refused because its application is gone: it hears nothing more
        static_cast<void>(tail(peer, {IpcType::Tail, state.tailRequestId, state.tailPayload}));
    if (peer.hasToSend())
        peer.watch->change(EventLoop::Interest::ReadingAndWriting);
    return Done{};
}

void IpcServer::drop(Peer &peer) {
    peer.watch.reset();
    peers_.erase(peer.place);
}

} // namespace pregon
