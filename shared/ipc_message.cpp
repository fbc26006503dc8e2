#include "shared/ipc_message.h"

#include "shared/channel_rules.h"

#include <cstdint>

namespace pregon {
namespace {

void appendNumber(std::string &out, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(value >> shift);
}

void appendText(std::string &out, std::string_view text) {
    appendNumber(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

/// Takes fields off the front of a payload; once something is missing, `failed` stays true.
class FieldReader {
  public:
    explicit FieldReader(std::string_view payload) : rest_(payload) {}

    std::uint32_t number() {
        std::uint32_t value = 0;
        const std::string_view bytes = take(4);
        for (unsigned i = 0; i < bytes.size(); i++)
            value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
        return value;
    }

    std::string text() { return std::string(take(number())); }

    /// Every field was there and nothing is left.
    bool isConsumedExactly() const { return !failed_ && rest_.empty(); }

  private:
    std::string_view take(std::size_t size) {
        if (failed_ || size > rest_.size()) {
            failed_ = true;
            return {};
        }
        const std::string_view bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }

    std::string_view rest_;
    bool failed_ = false;
};

void appendTexts(std::string &out, const std::vector<std::string> &texts) {
    appendNumber(out, static_cast<std::uint32_t>(texts.size()));
    for (const std::string &text : texts)
        appendText(out, text);
}

/// 1 to kMaxChannelsPerEvent channel names; empty on any other count.
std::vector<std::string> readChannels(FieldReader &reader) {
    const std::uint32_t count = reader.number();
    std::vector<std::string> channels;
    if (count <= ChannelRules::kMaxChannelsPerEvent)
        for (std::uint32_t i = 0; i < count; i++)
            channels.push_back(reader.text());
    return channels;
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
        return static_cast<Errc>(code - 1);
    }
    return std::nullopt;
}

} // namespace

std::string PublishMessage::encode() const {
    std::string payload;
    payload.reserve(64 + eventJson.size() + dataJson.size());
    appendText(payload, appId);
    appendText(payload, exceptSocketId);
    appendText(payload, eventJson);
    appendText(payload, dataJson);
    appendTexts(payload, channels);
    return payload;
}

Result<PublishMessage> PublishMessage::decode(std::string_view payload) {
    FieldReader reader(payload);
    PublishMessage message;
    message.appId = reader.text();
    message.exceptSocketId = reader.text();
    message.eventJson = reader.text();
    message.dataJson = reader.text();
    message.channels = readChannels(reader);
    if (!reader.isConsumedExactly() || message.channels.empty())
        return failure(Errc::BadRequest, "publish payload malformed");
    return message;
}

std::string ChannelsQuery::encode() const {
    std::string payload;
    appendText(payload, appId);
    appendNumber(payload, attributes);
    appendText(payload, prefix);
    return payload;
}

Result<ChannelsQuery> ChannelsQuery::decode(std::string_view payload) {
    FieldReader reader(payload);
    ChannelsQuery query;
    query.appId = reader.text();
    query.attributes = reader.number();
    query.prefix = reader.text();
    if (!reader.isConsumedExactly())
        return failure(Errc::BadRequest, "channels payload malformed");
    return query;
}

std::string ChannelInfoQuery::encode() const {
    std::string payload;
    appendText(payload, appId);
    appendNumber(payload, attributes);
    appendTexts(payload, channels);
    return payload;
}

Result<ChannelInfoQuery> ChannelInfoQuery::decode(std::string_view payload) {
    FieldReader reader(payload);
    ChannelInfoQuery query;
    query.appId = reader.text();
    query.attributes = reader.number();
    query.channels = readChannels(reader);
    if (!reader.isConsumedExactly() || query.channels.empty())
        return failure(Errc::BadRequest, "channel info payload malformed");
    return query;
}

std::string AppQuery::encode() const {
    std::string payload;
    appendText(payload, appId);
    appendText(payload, subject);
    return payload;
}

Result<AppQuery> AppQuery::decode(std::string_view payload) {
    FieldReader reader(payload);
    AppQuery query;
    query.appId = reader.text();
    query.subject = reader.text();
    if (!reader.isConsumedExactly())
        return failure(Errc::BadRequest, "query payload malformed");
    return query;
}

std::string TailRequest::encode() const {
    std::string payload;
    appendText(payload, appId);
    appendText(payload, channel);
    return payload;
}

Result<TailRequest> TailRequest::decode(std::string_view payload) {
    FieldReader reader(payload);
    TailRequest request;
    request.appId = reader.text();
    request.channel = reader.text();
    if (!reader.isConsumedExactly())
        return failure(Errc::BadRequest, "tail payload malformed");
    return request;
}

std::string TailEvent::encode() const {
    std::string payload;
    payload.reserve(64 + messageJson.size());
    appendText(payload, appId);
    appendText(payload, channel);
    appendText(payload, senderSocketId);
    appendNumber(payload, deliveries);
    appendNumber(payload, dropped);
    appendText(payload, messageJson);
    return payload;
}

Result<TailEvent> TailEvent::decode(std::string_view payload) {
    FieldReader reader(payload);
    TailEvent event;
    event.appId = reader.text();
    event.channel = reader.text();
    event.senderSocketId = reader.text();
    event.deliveries = reader.number();
    event.dropped = reader.number();
    event.messageJson = reader.text();
    if (!reader.isConsumedExactly())
        return failure(Errc::BadRequest, "tail event payload malformed");
    return event;
}

std::string ListQuery::encode() const {
    std::string payload;
    appendText(payload, appId);
    appendText(payload, prefix);
    appendNumber(payload, from.buckets);
    appendNumber(payload, from.next);
    return payload;
}

Result<ListQuery> ListQuery::decode(std::string_view payload) {
    FieldReader reader(payload);
    ListQuery query;
    query.appId = reader.text();
    query.prefix = reader.text();
    query.from.buckets = reader.number();
    query.from.next = reader.number();
    if (!reader.isConsumedExactly())
        return failure(Errc::BadRequest, "list payload malformed");
    return query;
}

std::string ReplyMessage::encode() const {
    std::string payload;
    appendNumber(payload, error ? static_cast<std::uint32_t>(*error) + 1 : kDone);
    appendText(payload, text);
    return payload;
}

Result<ReplyMessage> ReplyMessage::decode(std::string_view payload) {
    FieldReader reader(payload);
    ReplyMessage message;
    const std::uint32_t code = reader.number();
    message.text = reader.text();
    if (!reader.isConsumedExactly())
        return failure(Errc::BadRequest, "reply payload malformed");
    if (code != kDone) {
        message.error = errcFromWire(code);
        if (!message.error)
            return failure(Errc::BadRequest, "reply code unknown");
    }
    return message;
}

} // namespace pregon
