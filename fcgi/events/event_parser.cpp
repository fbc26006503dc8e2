// SPDX-License-Identifier: MIT
#include "fcgi/events/event_parser.h"

#include "fcgi/events/channel_query.h"
#include "shared/json/json_scan.h"
#include "shared/protocol/channel_rules.h"

#include <algorithm>

namespace pregon {
namespace {

tl::unexpected<Error> invalid(std::string sentence) {
    return failure(Errc::BadRequest, std::move(sentence));
}

Result<Done> checkName(const JsonSlice &name) {
    if (!name.isString())
        return invalid("The name field is required.");
    const std::string text = decodeJsonString(name.raw);
    if (text.empty())
        return invalid("The name field is required.");
    if (countCodePoints(text) > ChannelRules::kMaxEventName)
        return invalid("The event name exceeds the allowed maximum (200 characters).");
    if (ChannelRules::isReservedEvent(text))
        return invalid(
            "Event names that begin with pusher:, pusher_internal: or pregon: are reserved.");
    return Done{};
}

Result<Done> checkData(const JsonSlice &data, std::size_t maximum) {
    if (!data.isString())
        return invalid("The data field must be a string.");
    if (decodedJsonLength(data.raw) > maximum)
        return failure(Errc::TooLarge,
                       "The data content of this event exceeds the allowed maximum (" +
                           std::to_string(maximum) + " bytes).");
    return Done{};
}

Result<std::vector<std::string>> readChannels(const JsonSlice &channels, const JsonSlice &channel) {
    std::vector<std::string> names;
    bool allStrings = true;
    if (channels.kind == JsonKind::Array)
        (void)scanJsonArray(channels.raw, [&](JsonSlice element) { // valid: part of a scanned text
            allStrings = allStrings && element.isString();
            if (element.isString())
                names.push_back(decodeJsonString(element.raw));
            return allStrings && names.size() <= ChannelRules::kMaxChannelsPerEvent;
        });
    else if (!channels.isMissing() && !channels.isNull())
        return invalid("The channels field must be an array of strings.");
    else if (channel.isString())
        names.push_back(decodeJsonString(channel.raw));
    if (!allStrings)
        return invalid("The channels field must be an array of strings.");
    if (names.empty())
        return invalid("The channels field is required.");
    if (names.size() > ChannelRules::kMaxChannelsPerEvent)
        return invalid("An event can be sent to at most 100 channels.");
    for (const std::string &name : names)
        if (const auto valid = checkChannelName(name); !valid)
            return tl::unexpected<Error>(valid.error());
    return names;
}

/// Once per distinct channel, in the order of the first mention.
std::vector<std::string> withoutRepeats(const std::vector<std::string> &names) {
    std::vector<std::string> distinct;
    for (const std::string &name : names)
        if (std::find(distinct.begin(), distinct.end(), name) == distinct.end())
            distinct.push_back(name);
    return distinct;
}

Result<std::string> readSocketId(const JsonSlice &socketId) {
    if (socketId.isMissing() || socketId.isNull())
        return std::string();
    std::string text = socketId.isString() ? decodeJsonString(socketId.raw) : std::string();
    if (!ChannelRules::isValidSocketId(text))
        return invalid("Invalid socket_id.");
    return text;
}

Result<std::optional<std::uint32_t>> readInfo(const JsonSlice &info) {
    if (info.isMissing() || info.isNull())
        return std::nullopt;
    if (!info.isString())
        return invalid("The info field must be a string.");
    return channelAttributes(decodeJsonString(info.raw));
}

} // namespace

Result<EventRequest> EventParser::event(std::string_view body, const App &app) const {
    const auto members =
        scanJsonObject(body, {"name", "data", "channels", "channel", "socket_id", "info"});
    if (!members)
        return invalid("The body is not a valid JSON object.");
    const auto &[name, data, channels, channel, socketId, info] = *members;
    if (const auto valid = checkName(name); !valid)
        return tl::unexpected<Error>(valid.error());
    if (const auto valid = checkData(data, maxEventSize_); !valid)
        return tl::unexpected<Error>(valid.error());
    const auto targets = readChannels(channels, channel);
    if (!targets)
        return tl::unexpected<Error>(targets.error());
    const auto except = readSocketId(socketId);
    if (!except)
        return tl::unexpected<Error>(except.error());
    const auto attributes = readInfo(info);
    if (!attributes)
        return tl::unexpected<Error>(attributes.error());
    return EventRequest{PublishMessage{app.id, *except, std::string(name.raw),
                                       std::string(data.raw), withoutRepeats(*targets)},
                        *attributes};
}

Result<std::vector<EventRequest>> EventParser::batch(std::string_view body, const App &app) const {
    const auto members = scanJsonObject(body, {"batch"});
    if (!members)
        return invalid("The body is not a valid JSON object.");
    const JsonSlice &list = (*members)[0];
    if (list.kind != JsonKind::Array)
        return invalid("The batch field must be an array of events.");
    std::vector<EventRequest> events;
    std::optional<Error> error;
    (void)scanJsonArray(list.raw, [&](JsonSlice item) { // valid: part of a scanned text
        if (events.size() == maxBatchSize_) {
            error = Error{Errc::BadRequest,
                          "Batch too large: at most " + std::to_string(maxBatchSize_) + " events."};
            return false;
        }
        auto event = batchItem(item, app);
        if (event)
            events.push_back(std::move(*event));
        else
            error = Error{event.error().code,
                          "batch." + std::to_string(events.size()) + ": " + event.error().reason};
        return !error;
    });
    if (error)
        return tl::unexpected<Error>(*error);
    if (events.empty())
        return invalid("The batch field is required.");
    return events;
}

Result<EventRequest> EventParser::batchItem(const JsonSlice &item, const App &app) const {
    if (!item.isObject())
        return invalid("The event must be an object.");
    auto request = event(item.raw, app);
    if (request && request->message.channels.size() != 1)
        return invalid("An event of a batch is for one channel.");
    return request;
}

} // namespace pregon
