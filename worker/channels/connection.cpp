// SPDX-License-Identifier: MIT
#include "worker/channels/connection.h"

#include "worker/recovery/resumable_client.h"

#include <algorithm>
#include <utility>

namespace pregon {
namespace {

constexpr std::uint16_t kOverCapacity = 4100; // pusher-js comes back after a second

} // namespace

void DirtyList::remove(const Connection &connection) {
    std::erase(connections_, &connection);
}

void DirtyList::take(std::vector<Connection *> &into) {
    into.clear();
    into.swap(connections_);
}

Connection::Connection(Application *application, std::string socketId, Outbound &outbound)
    : outbound_(outbound), application_(application), socketId_(std::move(socketId)) {}

Connection::~Connection() {
    holdUnfinished(0);
    dropAll();
    if (dirtyMark_)
        outbound_.dirty.remove(*this);
}

void Connection::sendList(const Frame &frame) {
    constexpr std::size_t kMostOfBound = 8;
    listBytes_ = std::max(
        frame.size(), std::min(listBytes_ + frame.size(), kMostOfBound * outbound_.maxQueuedBytes));
    send(frame);
}

void Connection::send(const Frame &frame) {
    if (closing_ || abandoned_)
        return;
    const bool isAtBound = queuedBytes_ + frame.size() > outbound_.maxQueuedBytes + listBytes_;
    if (blocked_ && isAtBound)
        return closeAsSlow();
    outbound_.isCrowded |= isAtBound; // whether the client is slow is seen once it was sent to
    enqueue(frame);
    markDirty();
}

void Connection::closeAsSlow() {
    dropUnstarted();
    close(kOverCapacity, kSlowConsumer);
}

void Connection::close(std::uint16_t code, std::string_view reason) {
    if (closing_ || abandoned_)
        return;
    enqueue(closeFrame(code, reason));
    closing_ = std::make_unique<const CloseReason>(CloseReason{code, std::string(reason)});
    holdUnfinished(0);
    blocked_ = false; // FanOut must see it, whether the socket is full or not
    markDirty();
}

void Connection::abandon() {
    abandoned_ = true;
    holdUnfinished(0);
    dropAll();
    if (std::exchange(dirtyMark_, false))
        outbound_.dirty.remove(*this);
}

void Connection::resumeSent(std::size_t sentOfFirst) {
    if (!hasOutbound())
        return;
    sentOfFirst_ = std::min(sentOfFirst, queue_.front().size() - 1);
    markDirty();
}

void Connection::resumeClosing(CloseReason why) {
    closing_ = std::make_unique<const CloseReason>(std::move(why));
    markDirty();
}

std::size_t Connection::consume(std::size_t bytes) {
    std::size_t whole = 0, released = 0;
    for (bytes += sentOfFirst_; hasOutbound() && bytes >= queue_.front().size(); whole++) {
        const std::size_t size = queue_.front().size();
        bytes -= size;
        released += size;
        queue_.pop();
    }
    sentOfFirst_ = bytes;
    queuedBytes_ -= released;
    listBytes_ = std::min(listBytes_, queuedBytes_);
    outbound_.queuedBytes -= released;
    outbound_.queuedFrames -= whole;
    return whole;
}

std::size_t Connection::queueMemory() const {
    std::size_t bytes = unfinished_ + queue_.size() * Outbound::kReferenceBytes;
    for (std::size_t i = 0; i < queue_.size(); i++)
        bytes += queue_[i].share();
    return bytes;
}

void Connection::enqueue(const Frame &frame) {
    queue_.push(frame);
    queuedBytes_ += frame.size();
    outbound_.queuedBytes += frame.size();
    outbound_.queuedFrames++;
    outbound_.staged++;
}

/// All but a frame that is cut: its rest must follow, or the stream would be broken.
void Connection::dropUnstarted() {
    const Frame cut = sentOfFirst_ > 0 ? queue_.front() : Frame();
    const std::size_t sent = sentOfFirst_;
    dropAll();
    if (!cut)
        return;
    enqueue(cut);
    sentOfFirst_ = sent;
}

void Connection::dropAll() {
    outbound_.queuedFrames -= queue_.size();
    queue_.clear();
    outbound_.queuedBytes -= queuedBytes_;
    sentOfFirst_ = queuedBytes_ = listBytes_ = 0;
}

void Connection::markDirty() {
    if (dirtyMark_ || blocked_)
        return;
    dirtyMark_ = true;
    outbound_.dirty.add(*this);
}

} // namespace pregon
