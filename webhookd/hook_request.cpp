// SPDX-License-Identifier: MIT
#include "webhookd/hook_request.h"

#include "shared/process/daemon.h"
#include "shared/protocol/hmac_signer.h"

namespace pregon {

std::string HookOutcome::text() const {
    return error.empty() ? "HTTP " + std::to_string(status) : error;
}

HookRequest hookRequest(const HookTarget &target, const std::string &deliveryId, unsigned attempt,
                        const std::string &body) {
    HookRequest request;
    request.url = target.settings.url;
    request.body = body;
    request.timeoutMs = target.settings.timeoutMs;
    request.caFile = target.settings.caFile;
    request.headers = {
        {"Content-Type", "application/json"},
        {"User-Agent", std::string("pregon-webhooks/") + kVersion},
        {"X-Pusher-Key", target.appKey},
        {"X-Pusher-Signature", HmacSigner(target.appSecret).sign(body)},
        {"X-Pregon-Delivery", deliveryId},
        {"X-Pregon-Attempt", std::to_string(attempt)},
    };
    request.headers.insert(request.headers.end(), target.settings.headers.begin(),
                           target.settings.headers.end());
    return request;
}

} // namespace pregon
