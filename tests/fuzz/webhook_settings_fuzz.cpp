// SPDX-License-Identifier: MIT

// Any text as the webhooks of an application: what is accepted can be sent to.

#include "shared/webhooks/webhook_settings.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto webhooks = parseWebhooks(text, {});
    if (!webhooks)
        return 0;
    for (const WebhookEndpoint &webhook : *webhooks) {
        if (!checkWebhookUrl(webhook.url) || webhook.kinds == 0 || webhook.concurrency < 1)
            std::abort();
        for (const auto &[name, value] : webhook.headers)
            if (name.find_first_of("\r\n:") != std::string::npos ||
                value.find_first_of("\r\n") != std::string::npos)
                std::abort();
    }
    return 0;
}
