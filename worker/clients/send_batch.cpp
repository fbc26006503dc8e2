// SPDX-License-Identifier: MIT
#include "worker/clients/send_batch.h"

#include "shared/log/log.h"

#include <algorithm>
#include <cerrno>
#include <liburing.h>

namespace pregon {
namespace {

constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

/// Null where the kernel or the sandbox refuses it.
io_uring *makeRing() {
    auto ring = std::make_unique<io_uring>();
    io_uring_params parameters{};
    parameters.flags = IORING_SETUP_SUBMIT_ALL; // one broken socket does not hold up the rest
    if (io_uring_queue_init_params(SendBatch::kMaxConnections, ring.get(), &parameters) != 0)
        return nullptr;
    return ring.release();
}

} // namespace

void SendBatch::RingEnd::operator()(io_uring *ring) const {
    io_uring_queue_exit(ring);
    delete ring;
}

SendBatch::SendBatch(Way wanted)
    : ring_(wanted == Way::IoUring ? makeRing() : nullptr), sent_(kMaxConnections),
      calls_(kMaxConnections), messages_(kMaxConnections), parts_(kMaxFrames) {}

SendBatch::~SendBatch() = default;

void SendBatch::add(Connection &connection) {
    const FrameQueue &queue = connection.queue();
    const std::size_t count = std::min(queue.size(), kFramesPerCall);
    iovec *parts = &parts_[frames_];
    std::size_t offered = 0, skip = connection.sentOfFirst();
    for (std::size_t i = 0; i < count; i++) {
        const Frame &frame = queue[i];
        parts[i] = {const_cast<char *>(frame.data()) + skip, frame.size() - skip};
        offered += parts[i].iov_len;
        skip = 0;
    }
    calls_[count_] = {connection.socket, frames_, count};
    sent_[count_++] = {&connection, offered, 0};
    frames_ += count;
}

void SendBatch::clear() {
    count_ = frames_ = 0;
}

msghdr SendBatch::messageOf(const Call &call) {
    msghdr message{};
    message.msg_iov = &parts_[call.firstPart];
    message.msg_iovlen = call.parts;
    return message;
}

void SendBatch::send() {
    if (ring_ && count_ > 1)
        sendByRing();
    else
        sendOneByOne(0);
}

void SendBatch::sendOneByOne(std::size_t first) {
    for (std::size_t i = first; i < count_; i++) {
        const Call &call = calls_[i];
        const iovec &part = parts_[call.firstPart];
        const msghdr message = messageOf(call);
        const ssize_t sent = call.parts == 1
                                 ? ::send(call.socket, part.iov_base, part.iov_len, kFlags)
                                 : ::sendmsg(call.socket, &message, kFlags);
        sent_[i].result = sent < 0 ? -errno : sent;
    }
}

/// A send that must not wait is complete once it is submitted. A ring that fails is not used any
/// more.
void SendBatch::sendByRing() {
    for (std::size_t i = 0; i < count_; i++) {
        io_uring_sqe *entry = io_uring_get_sqe(ring_.get());
        const Call &call = calls_[i];
        const iovec &part = parts_[call.firstPart];
        if (call.parts == 1) {
            io_uring_prep_send(entry, call.socket, part.iov_base, part.iov_len, kFlags);
        } else {
            messages_[i] = messageOf(call);
            io_uring_prep_sendmsg(entry, call.socket, &messages_[i], kFlags);
        }
        io_uring_sqe_set_data64(entry, i);
    }
    const std::size_t submitted = submitAll();
    if (!reap(submitted) || submitted < count_) {
        log(LogLevel::Error, "io_uring failed, going on without");
        ring_.reset();
        sendOneByOne(submitted);
    }
}

std::size_t SendBatch::submitAll() {
    std::size_t submitted = 0;
    while (submitted < count_) {
        const int taken = io_uring_submit(ring_.get());
        if (taken > 0)
            submitted += static_cast<std::size_t>(taken);
        else if (taken != -EINTR)
            break;
    }
    return submitted;
}

/// They are all complete once submit has returned: nothing waits here.
bool SendBatch::reap(std::size_t submitted) {
    for (std::size_t i = 0; i < submitted; i++)
        sent_[i].result = -EIO; // unless we are told otherwise
    for (std::size_t reaped = 0; reaped < submitted;) {
        io_uring_cqe *completion = nullptr;
        const int found = io_uring_wait_cqe(ring_.get(), &completion);
        if (found == -EINTR)
            continue;
        if (found != 0)
            return false;
        unsigned head = 0, count = 0;
        io_uring_for_each_cqe(ring_.get(), head, completion) {
            sent_[io_uring_cqe_get_data64(completion)].result = completion->res;
            count++;
        }
        io_uring_cq_advance(ring_.get(), count);
        reaped += count;
    }
    return true;
}

} // namespace pregon
