// SPDX-License-Identifier: MIT
#include "worker/clients/closing.h"

namespace pregon {

void Closing::peerClosedFirst(CloseReason reason) {
    peerClosed();
    theirs_ = std::make_unique<const CloseReason>(std::move(reason));
}

bool Closing::lingers(bool hasOutbound) {
    return (peerHasClosed_ || isDeaf_) && !hasOutbound && linger();
}

bool Closing::linger() {
    isDeaf_ = true;
    return !std::exchange(isLingering_, true);
}

void Closing::resume(bool isDeaf, bool peerHasClosed) {
    isDeaf_ = isDeaf;
    peerHasClosed_ = peerHasClosed;
}

} // namespace pregon
