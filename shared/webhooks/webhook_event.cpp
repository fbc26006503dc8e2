// SPDX-License-Identifier: MIT
#include "shared/webhooks/webhook_event.h"

namespace pregon {
namespace {

/// A channel's name has no control characters.
constexpr char kBetween = '\n';

bool isKnown(HookKind kind) {
    return !nameOf(kind).empty() || kind == HookKind::Restart || kind == HookKind::Settled;
}

} // namespace

std::string_view nameOf(HookKind kind) {
    switch (kind) {
    case HookKind::ChannelOccupied:
        return "channel_occupied";
    case HookKind::ChannelVacated:
        return "channel_vacated";
    case HookKind::MemberAdded:
        return "member_added";
    case HookKind::MemberRemoved:
        return "member_removed";
    case HookKind::ClientEvent:
        return "client_event";
    case HookKind::CacheMiss:
        return "cache_miss";
    case HookKind::SubscriptionCount:
        return "subscription_count";
    case HookKind::Restart:
    case HookKind::Settled:
        break;
    }
    return {};
}

std::string HookEvent::key() const {
    if ((bitOf(kind) & kMemberKinds) != 0 && !nameOf(kind).empty())
        return channel + kBetween + userId;
    return (bitOf(kind) & kChannelKinds) != 0 && !nameOf(kind).empty() ? channel : "";
}

HookEvent eventOfKey(std::string_view key, bool isThere) {
    HookEvent event;
    const std::size_t between = key.find(kBetween);
    event.channel = key.substr(0, between);
    if (between == std::string_view::npos) {
        event.kind = isThere ? HookKind::ChannelOccupied : HookKind::ChannelVacated;
        return event;
    }
    event.kind = isThere ? HookKind::MemberAdded : HookKind::MemberRemoved;
    event.userId = key.substr(between + 1);
    return event;
}

std::string HookBatch::encode() const {
    FieldWriter fields;
    fields(*this);
    return fields.take();
}

Result<HookBatch> HookBatch::decode(std::string_view payload) {
    FieldReader fields(payload);
    HookBatch batch;
    fields(batch);
    if (!fields.isComplete())
        return failure(Errc::BadRequest, "webhook events malformed");
    for (const HookEvent &event : batch.events)
        if (!isKnown(event.kind))
            return failure(Errc::BadRequest, "unknown kind of webhook event");
    return batch;
}

} // namespace pregon
