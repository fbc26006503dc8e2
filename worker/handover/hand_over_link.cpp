// SPDX-License-Identifier: MIT
#include "worker/handover/hand_over_link.h"

#include "shared/fields.h"
#include "shared/process/daemon.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace pregon {
namespace {

using Steady = std::chrono::steady_clock;

struct Header {
    std::uint32_t size = 0; ///< of the payload
    std::uint32_t sockets = 0;
    std::uint8_t kind = 0;

    static constexpr std::size_t kSize = 9;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.size);
        fields(self.sockets);
        fields(self.kind);
    }
};

/// Room for the control message of so many descriptors.
constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(int) * HandOverLink::kMaxSockets);

Result<Done> awaitReady(int fd, short events, HandOverLink::Deadline until) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()).count();
        pollfd entry{fd, events, 0};
        const int ready = ::poll(&entry, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready > 0)
            return Done{};
        if (ready == 0)
            return failure(Errc::Unavailable, "no answer in time");
        if (errno != EINTR)
            return failure(Errc::Unavailable, std::strerror(errno));
    }
}

/// The descriptors ride on the first bytes.
Result<std::size_t> sendSome(int fd, std::string_view bytes, std::span<const int> sockets) {
    iovec part{const_cast<char *>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, kControlSize> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!sockets.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(sockets.size_bytes());
        cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sockets.size_bytes());
        std::memcpy(CMSG_DATA(rights), sockets.data(), sockets.size_bytes());
    }
    const ssize_t sent = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
        return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EINTR)
        return std::size_t{0};
    return failure(Errc::Unavailable, std::strerror(errno));
}

void collect(msghdr &message, std::deque<UniqueFd> &into) {
    for (cmsghdr *part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; i++) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            into.emplace_back(fd);
        }
    }
}

tl::unexpected<Error> otherVersion(const HandOverOffer &offer) {
    return failure(Errc::BadRequest,
                   "the running pregon-worker " + offer.program + " saves its state in version " +
                       std::to_string(offer.version) + ", and pregon-worker " + kVersion +
                       " loads versions " + std::to_string(kOldestHandOverVersion) + " to " +
                       std::to_string(kHandOverVersion) + ": restart the worker instead");
}

} // namespace

Result<HandOverOffer> HandOverOffer::decode(std::string_view payload) {
    HandOverOffer offer;
    FieldReader head(payload);
    head(offer.version);
    head(offer.program);
    if (!head.isComplete())
        return failure(Errc::BadRequest, "offer malformed");
    if (offer.version < kOldestHandOverVersion || offer.version > kHandOverVersion)
        return otherVersion(offer);
    FieldReader fields(payload, {.version = offer.version});
    fields(offer);
    if (!fields.isConsumedExactly())
        return failure(Errc::BadRequest, "offer malformed");
    return offer;
}

bool HandOverLink::hasMessage() const {
    return awaitReady(socket_.get(), POLLIN, Steady::now()).has_value();
}

Result<Done> HandOverLink::send(HandOverKind kind, std::string_view payload, Deadline until,
                                std::span<const int> sockets) {
    FieldWriter fields;
    fields.reserve(Header::kSize + payload.size());
    fields(Header{static_cast<std::uint32_t>(payload.size()),
                  static_cast<std::uint32_t>(sockets.size()), static_cast<std::uint8_t>(kind)});
    const std::string bytes = fields.take().append(payload);
    for (std::size_t done = 0; done < bytes.size();) {
        if (const auto ready = awaitReady(socket_.get(), POLLOUT, until); !ready)
            return ready;
        const auto sent = sendSome(socket_.get(), std::string_view(bytes).substr(done),
                                   done == 0 ? sockets : std::span<const int>());
        if (!sent)
            return tl::unexpected<Error>(sent.error());
        done += *sent;
    }
    return Done{};
}

Result<HandOverMessage> HandOverLink::receive(Deadline until) {
    std::string bytes(Header::kSize, '\0');
    if (const auto received = receiveInto(bytes.data(), bytes.size(), until); !received)
        return tl::unexpected<Error>(received.error());
    Header header;
    FieldReader fields(bytes);
    fields(header);
    if (header.size > kMaxPayload || header.sockets > kMaxSockets)
        return failure(Errc::BadRequest, "message of impossible size");

    HandOverMessage message{static_cast<HandOverKind>(header.kind), {}, {}};
    message.payload.resize(header.size);
    if (const auto received = receiveInto(message.payload.data(), header.size, until); !received)
        return tl::unexpected<Error>(received.error());
    if (received_.size() != header.sockets)
        return failure(Errc::BadRequest, "descriptors are missing: is the limit of open files "
                                         "reached?");
    message.sockets.assign(std::make_move_iterator(received_.begin()),
                           std::make_move_iterator(received_.end()));
    received_.clear();
    return message;
}

Result<HandOverMessage> HandOverLink::expect(HandOverKind kind, Deadline until) {
    auto message = receive(until);
    if (!message || message->kind == kind)
        return message;
    if (message->kind == HandOverKind::Refused)
        return failure(Errc::BadRequest, message->payload);
    return failure(Errc::BadRequest,
                   "unexpected message " + std::to_string(static_cast<int>(message->kind)));
}

Result<Done> HandOverLink::receiveInto(char *to, std::size_t size, Deadline until) {
    while (size > 0) {
        if (const auto ready = awaitReady(socket_.get(), POLLIN, until); !ready)
            return ready;
        iovec part{to, size};
        alignas(cmsghdr) std::array<char, kControlSize> control{};
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got == 0)
            return failure(Errc::Unavailable, "the other process has ended");
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got < 0)
            return failure(Errc::Unavailable, std::strerror(errno));
        collect(message, received_);
        to += got;
        size -= static_cast<std::size_t>(got);
    }
    return Done{};
}

} // namespace pregon
