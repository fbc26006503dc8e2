// SPDX-License-Identifier: MIT
#pragma once

#include "shared/webhooks/webhook_settings.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pregon {

/// An endpoint as it is configured, with the application whose events it gets.
struct HookTarget {
    std::string appId, appKey, appSecret;
    std::size_t number = 1; ///< among the application's, from 1
    WebhookEndpoint settings;
};

/// A POST, ready to be sent.
struct HookRequest {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers; ///< names as they go out
    std::string body;
    std::int64_t timeoutMs = 0;
    std::string caFile;
};

/// How an attempt ended.
struct HookOutcome {
    int status = 0;    ///< of the answer; 0: none came
    std::string error; ///< why the answer is none, or is not whole
    std::optional<std::int64_t> retryAfterMs;
    std::int64_t tookMs = 0;
    std::string firstLine; ///< of the answer's body

    bool isSuccess() const { return error.empty() && status >= 200 && status <= 299; }
    /// 410: the receiver wants nothing more.
    bool isGone() const { return error.empty() && status == 410; }
    /// `HTTP 500`, or the error.
    std::string text() const;
};

/// Signed with the application's secret (spec webhooks §1). Pure.
HookRequest hookRequest(const HookTarget &target, const std::string &deliveryId, unsigned attempt,
                        const std::string &body);

} // namespace pregon
