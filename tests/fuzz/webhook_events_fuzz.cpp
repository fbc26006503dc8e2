// SPDX-License-Identifier: MIT

// Any bytes as events from a worker, and as the data of a client event: each becomes one JSON
// object.

#include "shared/json/json.h"
#include "webhookd/hook_body.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string payload(reinterpret_cast<const char *>(data), size);
    if (const auto batch = HookBatch::decode(payload)) {
        const std::string bytes = batch->encode(); // a flag may have come as any byte
        const auto again = HookBatch::decode(bytes);
        if (!again || again->encode() != bytes || bytes.size() > payload.size())
            std::abort();
        for (const HookEvent &event : batch->events)
            if (const std::string key = event.key();
                !key.empty() && event.channel.find('\n') == std::string::npos &&
                eventOfKey(key, event.isArrival()).key() != key)
                std::abort();
    }
    HookEvent event;
    event.kind = HookKind::ClientEvent;
    event.channel = "private-a";
    event.dataJson = payload;
    // A worker sends only what is JSON.
    if (!JsonDocument::parse(payload))
        return 0;
    const auto document = JsonDocument::parse(bodyOf(1, {eventJson(event)}));
    if (!document || document->root().find("events").size() != 1)
        std::abort();
    return 0;
}
