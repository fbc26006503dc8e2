#include "worker/send_batch.h"

#include "shared/log.h"

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
      messages_(kMaxConnections), sockets_(kMaxConnections), parts_(kMaxFrames) {}

SendBatch::~SendBatch() = default;

void SendBatch::add(Connection &connection, int socket) {
    std::size_t offered = 0, skip = connection.sentOfFirst(), count = 0;
    iovec *parts = &parts_[frames_];
    const auto &queue = connection.outbound();
    for (std::size_t i = connection.firstUnsent(); i < queue.size() && count < kFramesPerCall;
         i++) {
        parts[count++] = {const_cast<char *>(queue[i]->data()) + skip, queue[i]->size() - skip};
        offered += queue[i]->size() - skip;
        skip = 0;
    }
    frames_ += count;
    msghdr &message = messages_[count_];
    message = {};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    sockets_[count_] = socket;
    sent_[count_++] = {&connection, offered, 0};
}

void SendBatch::clear() {
    count_ = frames_ = 0;
}

void SendBatch::send() {
    if (ring_ && count_ > 1)
        sendByRing();
    else
        sendOneByOne(0);
}

void SendBatch::sendOneByOne(std::size_t first) {
    for (std::size_t i = first; i < count_; i++) {
        const ssize_t sent = ::sendmsg(sockets_[i], &messages_[i], kFlags);
        sent_[i].result = sent < 0 ? -errno : sent;
    }
}

/// A send that must not wait is complete once it is submitted. A ring that fails is given up.
void SendBatch::sendByRing() {
    for (std::size_t i = 0; i < count_; i++) {
        io_uring_sqe *entry = io_uring_get_sqe(ring_.get());
        const msghdr &message = messages_[i];
        if (message.msg_iovlen == 1)
            io_uring_prep_send(entry, sockets_[i], message.msg_iov->iov_base,
                               message.msg_iov->iov_len, kFlags);
        else
            io_uring_prep_sendmsg(entry, sockets_[i], &message, kFlags);
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

bool SendBatch::reap(std::size_t submitted) {
    for (std::size_t i = 0; i < submitted; i++)
        sent_[i].result = -EIO; // unless we are told otherwise
    for (std::size_t reaped = 0; reaped < submitted;) {
        io_uring_cqe *completion = nullptr;
        const int found = io_uring_wait_cqe(ring_.get(), &completion); // no wait: it is there
        if (found == -EINTR)
            continue;
        if (found != 0)
            return false;
        sent_[io_uring_cqe_get_data64(completion)].result = completion->res;
        io_uring_cqe_seen(ring_.get(), completion);
        reaped++;
    }
    return true;
}

} // namespace pregon
