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
        dropUnstarted();
        close(kOverCapacity, kSlowConsumer);
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
    dropAll();
}

std::size_t Connection::consume(std::size_t bytes) {
    std::size_t whole = 0;
    for (bytes += sentOfFirst_; hasOutbound() && bytes >= outbound_[firstUnsent_]->size();
         whole++) {
        bytes -= outbound_[firstUnsent_]->size();
        queuedBytes_ -= outbound_[firstUnsent_]->size();
        outbound_[firstUnsent_++].reset();
    }
    sentOfFirst_ = bytes;
    compact();
    return whole;
}

/// All but a frame that is cut: its rest must follow, or the stream would be broken.
void Connection::dropUnstarted() {
    const Frame cut = sentOfFirst_ > 0 ? outbound_[firstUnsent_] : nullptr;
    const std::size_t sent = sentOfFirst_;
    dropAll();
    if (cut == nullptr)
        return;
    outbound_.push_back(cut);
    queuedBytes_ = cut->size();
    sentOfFirst_ = sent;
}

void Connection::dropAll() {
    outbound_.clear();
    firstUnsent_ = sentOfFirst_ = queuedBytes_ = 0;
}

void Connection::compact() {
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
