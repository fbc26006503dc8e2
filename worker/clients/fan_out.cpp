// SPDX-License-Identifier: MIT
#include "worker/clients/fan_out.h"

#include "shared/log/log.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace pregon {
namespace {

constexpr std::size_t kAhead = 8; ///< connections that are fetched from memory before their turn

} // namespace

void FanOut::flush() {
    // Performing a close announces leaving members, which makes others dirty: until none is left.
    while (!outbound_.dirty.isEmpty()) {
        outbound_.dirty.take(taken_);
        for (std::size_t i = 0; i < taken_.size(); i++) {
            if (i + kAhead < taken_.size())
                __builtin_prefetch(taken_[i + kAhead]);
            taken_[i]->clearDirty();
            stage(*taken_[i]);
        }
        finish();
    }
    outbound_.staged = 0;
    outbound_.isCrowded = false;
}

void FanOut::writable(Connection &connection) {
    connection.setBlocked(false);
    stage(connection);
    finish();
}

void FanOut::stage(Connection &connection) {
    add(connection);
    if (batch_.isFull())
        finish();
}

void FanOut::add(Connection &connection) {
    if (!connection.hasOutbound())
        settling_.push_back({&connection, Progress::Drained});
    else if (connection.socket < 0)
        settling_.push_back({&connection, Progress::Broken});
    else
        batch_.add(connection);
}

/// All queues learn what has left before anything is done about it: that may queue more, or drop
/// what a queue holds.
void FanOut::finish() {
    while (!batch_.isEmpty() || !settling_.empty()) {
        sendBatch();
        inProgress_.swap(settling_);
        for (const auto &[connection, progress] : inProgress_)
            if (progress != Progress::Unfinished)
                settle(*connection, progress);
        for (const auto &[connection, progress] : inProgress_)
            if (progress == Progress::Unfinished) {
                add(*connection);
                if (batch_.isFull())
                    sendBatch();
            }
        inProgress_.clear();
    }
}

/// Most have nothing left and no close to perform: nothing is to be done about them.
void FanOut::sendBatch() {
    batch_.send();
    for (const SendBatch::Sent &sent : batch_.sent()) {
        const Progress progress = consume(sent);
        if (progress != Progress::Drained || sent.connection->closing() != nullptr)
            settling_.push_back({sent.connection, progress});
    }
    batch_.clear();
}

FanOut::Progress FanOut::consume(const SendBatch::Sent &sent) {
    if (sent.result < 0)
        return afterError(static_cast<int>(-sent.result), *sent.connection);
    const auto bytes = static_cast<std::size_t>(sent.result);
    framesSent_ += sent.connection->consume(bytes);
    if (bytes < sent.offered)
        return Progress::Blocked;
    return sent.connection->hasOutbound() ? Progress::Unfinished : Progress::Drained;
}

FanOut::Progress FanOut::afterError(int error, const Connection &connection) {
    if (error == EAGAIN || error == EINTR)
        return Progress::Blocked;
    log(LogLevel::Debug, "ws broken",
        {{"socket", connection.socketId()}, {"reason", std::strerror(error)}});
    return Progress::Broken;
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
        ::shutdown(connection.socket, SHUT_RDWR);
    } else if (connection.closing()) {
        owner_.closeSoon(connection);
    }
}

} // namespace pregon
