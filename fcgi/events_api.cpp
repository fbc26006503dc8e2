#include "fcgi/events_api.h"

#include "shared/channel_rules.h"
#include "shared/json_scan.h"

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
        return invalid("Event names that begin with pusher: or pusher_internal: are reserved.");
    return Done{};
}

Result<Done> checkData(const JsonSlice &data, std::size_t maximum) {
    if (!data.isString())
        return invalid("The data field must be a string.");
    if (decodedJsonLength(data.raw) > maximum)
        return failure(Errc::TooLarge, "The data content of this event exceeds the allowed maximum "
                                       "(" +
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
        if (!ChannelRules::isValidTarget(name))
            return invalid("Invalid channel name [" + name.substr(0, 200) + "].");
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

} // namespace

Result<PublishMessage> EventsApi::parse(std::string_view body, const App &app) const {
    const auto members =
        scanJsonObject(body, {"name", "data", "channels", "channel", "socket_id"});
    if (!members)
        return invalid("The body is not a valid JSON object.");
    const auto &[name, data, channels, channel, socketId] = *members;
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
    return PublishMessage{app.id, *except, std::string(name.raw), std::string(data.raw),
                          withoutRepeats(*targets)};
}

Result<Done> EventsApi::trigger(const HttpRequest &request, const App &app) {
    const auto message = parse(request.body, app);
    if (!message)
        return tl::unexpected<Error>(message.error());
    return worker_.publish(*message);
}

} // namespace pregon
