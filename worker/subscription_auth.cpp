#include "worker/subscription_auth.h"

#include "shared/channel_rules.h"

namespace pregon {

Result<Done> authorizeSubscription(const PusherProtocol::SubscribeRequest &request,
                                   std::string_view socketId, std::string_view appKey,
                                   const HmacSigner &signer) {
    if (!ChannelRules::needsAuth(request.channel))
        return Done{};
    const std::size_t colon = request.auth.find(':');
    if (colon == std::string::npos)
        return failure(Errc::Unauthorized, "signature missing");
    if (!equalInConstantTime(std::string_view(request.auth).substr(0, colon), appKey))
        return failure(Errc::Unauthorized, "key of another application");
    std::string text = std::string(socketId) + ":" + request.channel;
    if (!request.channelData.empty())
        text += ":" + request.channelData;
    if (!signer.verify(text, std::string_view(request.auth).substr(colon + 1)))
        return failure(Errc::Unauthorized, "signature mismatch");
    return Done{};
}

} // namespace pregon
