// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/hmac_signer.h"
#include "shared/result.h"
#include "worker/protocol/pusher_protocol.h"

#include <string_view>

namespace pregon {

/// `auth` is `KEY:signature` with the application's own key, which may hold colons, and the
/// signature of `text` (spec pusher-websocket §4.3). Unauthorized otherwise.
Result<Done> verifyAuth(std::string_view auth, std::string_view text, std::string_view appKey,
                        const HmacSigner &signer);

/// May the connection with this socket id join? For channels that need a signature, of
/// `socket_id:channel[:channel_data]`. Unauthorized else.
Result<Done> authorizeSubscription(const PusherProtocol::SubscribeRequest &request,
                                   std::string_view socketId, std::string_view appKey,
                                   const HmacSigner &signer);

} // namespace pregon
