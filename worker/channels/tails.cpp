// SPDX-License-Identifier: MIT
#include "worker/channels/tails.h"

#include "shared/ipc/ipc_frame.h"

#include <utility>

namespace pregon {

Tail::Tail(Tails &tails, TailRequest request, std::uint32_t requestId, std::function<void()> filled)
    : tails_(tails), request_(std::move(request)), requestId_(requestId),
      filled_(std::move(filled)) {
    tails_.tails_.push_back(this);
}

Tail::~Tail() {
    std::erase(tails_.tails_, this);
}

std::string Tail::waiting() const {
    return dropped_ > 0 ? queued_ + droppedFrame() : queued_;
}

std::string Tail::take() {
    if (!queued_.empty() || dropped_ == 0)
        return std::exchange(queued_, "");
    const std::string frame = droppedFrame(); // nothing follows for now: it is told all the same
    dropped_ = 0;
    return frame;
}

std::string Tail::droppedFrame() const {
    return encodeIpcFrame(
        {IpcType::TailEvent, requestId_, TailEvent{"", "", "", 0, dropped_, ""}.encode()});
}

void Tail::offer(const TailEvent &event) {
    if ((!request_.appId.empty() && request_.appId != event.appId) ||
        (!request_.channel.empty() && request_.channel != event.channel))
        return;
    const bool wasEmpty = !hasQueued();
    TailEvent next = event;
    next.dropped = dropped_;
    std::string frame = encodeIpcFrame({IpcType::TailEvent, requestId_, next.encode()});
    if (queued_.size() + frame.size() > kMaxQueued) {
        dropped_++;
    } else {
        dropped_ = 0;
        queued_ += frame;
    }
    if (wasEmpty)
        filled_();
}

void Tails::offer(const TailEvent &event) {
    for (Tail *tail : tails_)
        tail->offer(event);
}

Result<std::unique_ptr<Tail>> Tails::add(TailRequest request, std::uint32_t requestId,
                                         std::function<void()> filled) {
    if (tails_.size() >= kMaxTails)
        return failure(Errc::TooLarge,
                       std::to_string(kMaxTails) + " others watch events: end one of them");
    return std::make_unique<Tail>(*this, std::move(request), requestId, std::move(filled));
}

} // namespace pregon
