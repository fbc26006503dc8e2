// SPDX-License-Identifier: MIT

// The HTTP request of a client that connects.

#include "worker/protocol/ws_handshake.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t length = pregon::requestHeadLength(text);
    if (length == 0)
        return 0;
    const auto head = pregon::parseRequestHead(text.substr(0, length));
    if (head && pregon::isUpgrade(*head) && !pregon::refusedUpgrade(*head))
        (void)pregon::upgradeResponse(*head);
    return 0;
}
