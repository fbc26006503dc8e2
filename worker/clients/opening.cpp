// SPDX-License-Identifier: MIT
#include "worker/clients/opening.h"

#include <utility>

namespace pregon {

Opening Opening::of(std::string_view received, const HttpState &state) {
    const std::size_t length = requestHeadLength(received);
    if (length == 0 && received.size() <= kMaxHead)
        return {};
    if (length == 0 || length > kMaxHead)
        return {Kind::Answer,
                refusalResponse(431, "Request Header Fields Too Large", "Request head too large.")};
    auto head = parseRequestHead(received.substr(0, length));
    if (!head)
        return {Kind::Answer, refusalResponse(400, "Bad Request", "Bad request.")};
    if (!isUpgrade(*head))
        return {Kind::Answer, plainAnswer(*head, state)};
    if (auto refused = refusedUpgrade(*head))
        return {Kind::Answer, std::move(*refused)};
    return {Kind::Upgrade, {}, std::move(*head), length};
}

} // namespace pregon
