#include "worker/fan_out.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace pregon {

void FanOut::flush() {
    // Performing a close announces leaving members, which makes others dirty: until none is left.
    while (!dirty_.isEmpty()) {
        for (Connection *connection : dirty_.take()) {
            connection->clearDirty();
            stage(*connection);
        }
        finish();
    }
}

void FanOut::writable(Connection &connection) {
    connection.setBlocked(false);
    stage(connection);
    finish();
}

void FanOut::stage(Connection &connection) {
    const int socket = connection.hasOutbound() ? owner_.socketOf(connection) : -1;
    if (socket >= 0)
        batch_.add(connection, socket);
    else
        settling_.emplace_back(&connection, connection.hasOutbound() ? Progress::Broken
                                                                     : Progress::Drained);
    if (batch_.isFull())
        finish();
}

/// All queues learn what has left before anything is done about it: that may queue more, or drop
/// what a queue holds.
void FanOut::finish() {
    while (!batch_.isEmpty() || !settling_.empty()) {
        sendBatch();
        auto settling = std::exchange(settling_, {});
        for (const auto &[connection, progress] : settling)
            if (progress != Progress::Unfinished)
                settle(*connection, progress);
        for (const auto &[connection, progress] : settling)
            if (progress == Progress::Unfinished)
                stage(*connection);
    }
}

void FanOut::sendBatch() {
    batch_.send();
    for (const SendBatch::Sent &sent : batch_.sent())
        settling_.emplace_back(sent.connection, consume(sent));
    batch_.clear();
}

FanOut::Progress FanOut::consume(const SendBatch::Sent &sent) {
    if (sent.result < 0)
        return sent.result == -EAGAIN || sent.result == -EINTR ? Progress::Blocked
                                                               : Progress::Broken;
    const auto bytes = static_cast<std::size_t>(sent.result);
    framesSent_ += sent.connection->consume(bytes);
    if (bytes < sent.offered)
        return Progress::Blocked;
    return sent.connection->hasOutbound() ? Progress::Unfinished : Progress::Drained;
}

void FanOut::settle(Connection &connection, Progress progress) {
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

} // namespace pregon
