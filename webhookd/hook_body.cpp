// SPDX-License-Identifier: MIT
#include "webhookd/hook_body.h"

#include "shared/json/json.h"
#include "shared/protocol/hmac_signer.h"

namespace pregon {
namespace {

/// A text as it is, anything else as its JSON text (spec webhooks §2).
void addData(JsonWriter &json, std::string_view data) {
    json.key("data");
    if (!data.starts_with('"')) {
        json.string(data);
        return;
    }
    // Encoded anew, without the escapes that a client may have used.
    const auto document = JsonDocument::parse(data);
    const auto text = document ? document->root().asString() : std::nullopt;
    text ? json.string(*text) : json.raw(data);
}

void addClientEvent(JsonWriter &json, const HookEvent &event) {
    json.key("event").string(event.event);
    addData(json, event.dataJson);
    json.key("socket_id").string(event.socketId);
    if (!event.userId.empty())
        json.key("user_id").string(event.userId);
}

} // namespace

std::string eventJson(const HookEvent &event) {
    JsonWriter json;
    json.beginObject().key("name").string(nameOf(event.kind));
    json.key("channel").string(event.channel);
    switch (event.kind) {
    case HookKind::MemberAdded:
    case HookKind::MemberRemoved:
        json.key("user_id").string(event.userId);
        break;
    case HookKind::ClientEvent:
        addClientEvent(json, event);
        break;
    case HookKind::SubscriptionCount:
        json.key("subscription_count").number(static_cast<std::int64_t>(event.count));
        break;
    case HookKind::ChannelOccupied:
    case HookKind::ChannelVacated:
    case HookKind::CacheMiss:
    case HookKind::Restart:
    case HookKind::Settled:
        break;
    }
    return json.endObject().take();
}

std::string bodyOf(std::int64_t timeMs, const std::vector<std::string> &events) {
    JsonWriter json;
    json.beginObject().key("time_ms").number(timeMs).key("events").beginArray();
    for (const std::string &event : events)
        json.raw(event);
    return json.endArray().endObject().take();
}

std::string newDeliveryId(std::int64_t timeMs) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string id(10, '0');
    for (std::size_t i = id.size(); i-- > 0; timeMs >>= 5)
        id[i] = kAlphabet[static_cast<std::size_t>(timeMs & 31)];
    return id + randomText(16, kAlphabet);
}

} // namespace pregon
