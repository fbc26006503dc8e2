// SPDX-License-Identifier: MIT
#include "worker/protocol/subscription_auth.h"

#include "shared/protocol/channel_rules.h"

namespace pregon {

Result<Done> verifyAuth(std::string_view auth, std::string_view text, std::string_view appKey,
                        const HmacSigner &signer) {
    if (auth.starts_with('{') && !appKey.starts_with('{'))
        return failure(Errc::Unauthorized, "auth is JSON text: the client must send the value of "
                                           "its member auth, KEY:SIGNATURE");
    if (auth.find(':') == std::string_view::npos)
        return failure(Errc::Unauthorized, "signature missing");
    const std::string start = std::string(appKey) + ":"; // the key itself may hold colons
    if (!equalInConstantTime(auth.substr(0, start.size()), start))
        return failure(Errc::Unauthorized, "key of another application");
    if (!signer.verify(text, auth.substr(start.size())))
        return failure(Errc::Unauthorized, "signature mismatch");
    return Done{};
}

Result<Done> authorizeSubscription(const PusherProtocol::SubscribeRequest &request,
                                   std::string_view socketId, std::string_view appKey,
                                   const HmacSigner &signer) {
    if (!ChannelRules::needsAuth(request.channel))
        return Done{};
    std::string text = std::string(socketId) + ":" + request.channel;
    if (!request.channelData.empty())
        text += ":" + request.channelData;
    return verifyAuth(request.auth, text, appKey, signer);
}

} // namespace pregon
