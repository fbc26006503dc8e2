#include "worker/fan_out.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace pregon {
namespace {

constexpr std::size_t kFramesPerCall = 64;

} // namespace

void FanOut::flush() {
    // Performing a close announces leaving members, which makes others dirty: until none is left.
    while (!dirty_.isEmpty())
        for (Connection *connection : dirty_.take()) {
            connection->clearDirty();
            flushOne(*connection);
        }
}

void FanOut::writable(Connection &connection) {
    connection.setBlocked(false);
    flushOne(connection);
}

void FanOut::flushOne(Connection &connection) {
    const Progress progress = drain(connection);
    if (progress == Progress::Blocked) {
        connection.setBlocked(true);
        owner_.awaitWritable(connection);
    }
    if (progress == Progress::Broken) {
        // What was queued is lost, so the client must notice: whatever the reason, its connection
        // ends, and the loop reports that to the owner.
        connection.abandon();
        ::shutdown(owner_.socketOf(connection), SHUT_RDWR);
    } else if (connection.closing()) {
        owner_.closeSoon(connection);
    }
}

FanOut::Progress FanOut::drain(Connection &connection) {
    while (connection.hasOutbound()) {
        const int socket = owner_.socketOf(connection);
        if (socket < 0)
            return Progress::Broken;
        if (const Progress progress = sendOnce(connection, socket); progress != Progress::Drained)
            return progress;
    }
    return Progress::Drained;
}

FanOut::Progress FanOut::sendOnce(Connection &connection, int socket) {
    std::array<iovec, kFramesPerCall> parts;
    std::size_t count = 0, offered = 0, skip = connection.sentOfFirst();
    const auto &queue = connection.outbound();
    for (std::size_t i = connection.firstUnsent(); i < queue.size() && count < parts.size(); i++) {
        parts[count++] = {const_cast<char *>(queue[i]->data()) + skip, queue[i]->size() - skip};
        offered += queue[i]->size() - skip;
        skip = 0;
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR ? Progress::Blocked : Progress::Broken;
    framesSent_ += connection.consume(static_cast<std::size_t>(sent));
    return static_cast<std::size_t>(sent) == offered ? Progress::Drained : Progress::Blocked;
}

} // namespace pregon
