#pragma once

#include "shared/hmac_signer.h"
#include "shared/result.h"
#include "worker/pusher_protocol.h"

#include <string_view>

namespace pregon {

/// May the connection with this socket id join? For channels that need a signature: `auth` is
/// `KEY:signature` with the application's own key and the signature of
/// `socket_id:channel[:channel_data]` (spec pusher-websocket §4.3). Unauthorized else.
Result<Done> authorizeSubscription(const PusherProtocol::SubscribeRequest &request,
                                   std::string_view socketId, std::string_view appKey,
                                   const HmacSigner &signer);

} // namespace pregon
