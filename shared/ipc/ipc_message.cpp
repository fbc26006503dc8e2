// SPDX-License-Identifier: MIT
#include "shared/ipc/ipc_message.h"

#include "shared/fields.h"
#include "shared/protocol/channel_rules.h"

#include <cstdint>

namespace pregon {
namespace {

template <class Message>
std::string encoded(const Message &message, std::size_t size = 0) {
    FieldWriter fields;
    fields.reserve(size);
    fields(message);
    return fields.take();
}

template <class Message>
Result<Message> decoded(std::string_view payload, const char *what) {
    FieldReader fields(payload, {.maxItems = ChannelRules::kMaxChannelsPerEvent});
    Message message;
    fields(message);
    if (!fields.isComplete())
        return failure(Errc::BadRequest, std::string(what) + " payload malformed");
    return message;
}

/// The same for a message that must name a channel.
template <class Message>
Result<Message> decodedWithChannels(std::string_view payload, const char *what) {
    auto message = decoded<Message>(payload, what);
    if (message && message->channels.empty())
        return failure(Errc::BadRequest, std::string(what) + " payload malformed");
    return message;
}

constexpr std::uint32_t kDone = 0;

/// On the wire an Errc is its position in the enum plus one.
std::optional<Errc> errcFromWire(std::uint32_t code) {
    switch (static_cast<Errc>(code - 1)) {
    case Errc::BadRequest:
    case Errc::Unauthorized:
    case Errc::Forbidden:
    case Errc::NotFound:
    case Errc::TooLarge:
    case Errc::Unavailable:
    case Errc::Internal:
    case Errc::Degraded:
        return static_cast<Errc>(code - 1);
    }
    return std::nullopt;
}

} // namespace

std::string PublishMessage::encode() const {
    return encoded(*this, 64 + eventJson.size() + dataJson.size());
}

Result<PublishMessage> PublishMessage::decode(std::string_view payload) {
    return decodedWithChannels<PublishMessage>(payload, "publish");
}

std::string ChannelsQuery::encode() const {
    return encoded(*this);
}

Result<ChannelsQuery> ChannelsQuery::decode(std::string_view payload) {
    return decoded<ChannelsQuery>(payload, "channels");
}

std::string ChannelInfoQuery::encode() const {
    return encoded(*this);
}

Result<ChannelInfoQuery> ChannelInfoQuery::decode(std::string_view payload) {
    return decodedWithChannels<ChannelInfoQuery>(payload, "channel info");
}

std::string AppQuery::encode() const {
    return encoded(*this);
}

Result<AppQuery> AppQuery::decode(std::string_view payload) {
    return decoded<AppQuery>(payload, "query");
}

std::string TailRequest::encode() const {
    return encoded(*this);
}

Result<TailRequest> TailRequest::decode(std::string_view payload) {
    return decoded<TailRequest>(payload, "tail");
}

std::string TailEvent::encode() const {
    return encoded(*this, 64 + messageJson.size());
}

Result<TailEvent> TailEvent::decode(std::string_view payload) {
    return decoded<TailEvent>(payload, "tail event");
}

std::string ListQuery::encode() const {
    return encoded(*this);
}

Result<ListQuery> ListQuery::decode(std::string_view payload) {
    return decoded<ListQuery>(payload, "list");
}

std::string ReplyMessage::encode() const {
    FieldWriter fields;
    fields(error ? static_cast<std::uint32_t>(*error) + 1 : kDone);
    fields(text);
    return fields.take();
}

Result<ReplyMessage> ReplyMessage::decode(std::string_view payload) {
    FieldReader fields(payload);
    ReplyMessage message;
    std::uint32_t code = kDone;
    fields(code);
    fields(message.text);
    if (!fields.isComplete())
        return failure(Errc::BadRequest, "reply payload malformed");
    if (code != kDone) {
        message.error = errcFromWire(code);
        if (!message.error)
            return failure(Errc::BadRequest, "reply code unknown");
    }
    return message;
}

} // namespace pregon
