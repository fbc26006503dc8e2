// SPDX-License-Identifier: MIT
#include "webhookd/hook_server.h"

#include "shared/log/log.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

namespace pregon {
namespace {

constexpr std::size_t kReceiveSize = 65536;
constexpr std::size_t kMaxUnread = 8 << 20; ///< bytes of answers that a peer does not read

} // namespace

struct HookServer::Peer {
    UniqueFd socket;
    IpcFrameDecoder decoder;
    std::string waiting; ///< answers that the socket did not take yet

    /// False: the peer has gone.
    bool send() {
        while (!waiting.empty()) {
            const ssize_t sent =
                ::send(socket.get(), waiting.data(), waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0)
                return errno == EAGAIN || errno == EINTR;
            waiting.erase(0, static_cast<std::size_t>(sent));
        }
        return true;
    }
};

void HookServer::Answer::operator()(const ReplyMessage &reply) const {
    if (const auto peer = peer_.lock()) {
        peer->waiting += encodeIpcReply(requestId_, reply.encode());
        peer->send(); // a peer that has gone is noticed when it is read from
    }
}

HookServer::HookServer(UniqueFd listening, Handler handler)
    : listening_(std::move(listening)), handler_(std::move(handler)) {}

HookServer::~HookServer() = default;

void HookServer::addTo(std::vector<pollfd> &polled) const {
    const bool accepts = isReceiving_ && peers_.size() < kMaxPeers;
    polled.push_back({listening_.get(), static_cast<short>(accepts ? POLLIN : 0), 0});
    for (const auto &peer : peers_)
        polled.push_back({peer->socket.get(),
                          static_cast<short>((isReceiving_ ? POLLIN : 0) |
                                             (peer->waiting.empty() ? 0 : POLLOUT)),
                          0});
}

void HookServer::serve(const pollfd *ready) {
    const bool isKnocking = (ready++)->revents != 0;
    for (auto next = peers_.begin(); next != peers_.end(); ready++) {
        const std::shared_ptr<Peer> peer = *next;
        bool isFine = (ready->revents & POLLOUT) == 0 || peer->send();
        if (isReceiving_ && (ready->revents & ~POLLOUT) != 0)
            isFine = isFine && receive(*peer) && handle(peer);
        isFine = isFine && peer->waiting.size() <= kMaxUnread;
        next = isFine ? std::next(next) : peers_.erase(next);
    }
    if (isKnocking && isReceiving_)
        acceptAll();
}

void HookServer::acceptAll() {
    while (peers_.size() < kMaxPeers) {
        UniqueFd socket(
            ::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.isOpen())
            return;
        auto peer = std::make_shared<Peer>();
        peer->socket = std::move(socket);
        peers_.push_back(std::move(peer));
    }
}

bool HookServer::receive(Peer &peer) {
    char buffer[kReceiveSize];
    const ssize_t got = ::recv(peer.socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0)
        peer.decoder.append({buffer, static_cast<std::size_t>(got)});
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool HookServer::handle(const std::shared_ptr<Peer> &peer) {
    for (;;) {
        const auto frame = peer->decoder.next();
        if (!frame) {
            log(LogLevel::Warning, "ipc closed", {{"reason", frame.error().reason}});
            return false;
        }
        if (!*frame)
            return true;
        handler_(**frame, Answer(peer, (*frame)->requestId));
    }
}

} // namespace pregon
