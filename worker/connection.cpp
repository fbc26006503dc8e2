#include "worker/connection.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::uint16_t kOverCapacity = 4100; // pusher-js comes back after a second

} // namespace

void DirtyList::remove(const Connection &connection) {
    std::erase(connections_, &connection);
}

std::vector<Connection *> DirtyList::take() {
    std::vector<Connection *> taken;
    taken.swap(connections_);
    return taken;
}

Connection::Connection(Application *application, std::string socketId, DirtyList &dirty,
                       std::size_t maxQueuedBytes)
    : application_(application), socketId_(std::move(socketId)), dirty_(dirty),
      maxQueuedBytes_(maxQueuedBytes) {}

Connection::~Connection() {
    if (dirtyMark_)
        dirty_.remove(*this);
}

void Connection::send(const Frame &frame) {
    if (closing_ || abandoned_)
        return;
    if (queuedBytes_ > 0 && queuedBytes_ + frame->size() > maxQueuedBytes_) {
        dropSent(outbound_.size() - firstUnsent_);
        close(kOverCapacity, "Slow consumer");
        return;
    }
    outbound_.push_back(frame);
    queuedBytes_ += frame->size();
    markDirty();
}

void Connection::close(std::uint16_t code, std::string_view reason) {
    if (closing_ || abandoned_)
        return;
    const Frame frame = closeFrame(code, reason);
    outbound_.push_back(frame);
    queuedBytes_ += frame->size();
    closing_ = CloseReason{code, std::string(reason)};
    blocked_ = false; // FanOut must see it, whether the socket is full or not
    markDirty();
}

void Connection::abandon() {
    abandoned_ = true;
    dropSent(outbound_.size() - firstUnsent_);
}

void Connection::dropSent(std::size_t count) {
    for (std::size_t i = 0; i < count; i++) {
        queuedBytes_ -= outbound_[firstUnsent_]->size();
        outbound_[firstUnsent_++].reset();
    }
    if (firstUnsent_ == outbound_.size()) {
        outbound_.clear();
        firstUnsent_ = 0;
    } else if (firstUnsent_ > outbound_.size() / 2) {
        outbound_.erase(outbound_.begin(),
                        outbound_.begin() + static_cast<std::ptrdiff_t>(firstUnsent_));
        firstUnsent_ = 0;
    }
}

void Connection::markDirty() {
    if (dirtyMark_ || blocked_)
        return;
    dirtyMark_ = true;
    dirty_.add(*this);
}

} // namespace pregon
