// SPDX-License-Identifier: MIT
#include "ctl/worker/event_commands.h"

#include "ctl/command/printable.h"
#include "ctl/worker/worker_commands.h"
#include "shared/clock.h"
#include "shared/json/json.h"
#include "shared/json/json_scan.h"
#include "shared/protocol/channel_rules.h"

#include <istream>
#include <iterator>
#include <ostream>

namespace pregon {
namespace {

/// The text of DATA, or of stdin for `-`.
std::string dataOf(const CommandOptions &options) {
    const std::string data = options.value("DATA", "{}");
    if (data != "-")
        return data;
    return {std::istreambuf_iterator<char>(*options.input), {}};
}

/// What the event API would refuse, and what the subscribers could not read.
Outcome checkEvent(const std::string &channel, const std::string &event, const std::string &data) {
    if (!ChannelRules::isValidTarget(channel))
        return wrongUsage(channel + ": not a channel's name");
    if (ChannelRules::isEncrypted(channel))
        return wrongUsage(channel + ": only the application can encrypt its events");
    if (event.empty() || !isValidUtf8(event) ||
        countCodePoints(event) > ChannelRules::kMaxEventName)
        return wrongUsage("an event's name has 1 to 200 characters");
    if (ChannelRules::isReservedEvent(event))
        return wrongUsage(event + ": reserved for the protocol");
    if (!isValidUtf8(data))
        return wrongUsage("the data is not UTF-8");
    return Done{};
}

std::string jsonString(std::string_view text) {
    std::string json;
    appendJsonString(json, text);
    return json;
}

} // namespace

Outcome publishEvent(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    const std::string channel = options.value("CHANNEL"), event = options.value("EVENT");
    const std::string data = dataOf(options);
    if (const auto valid = checkEvent(channel, event, data); !valid)
        return valid;
    if (data.size() > static_cast<std::size_t>(config->maxEventSize))
        return problem("the data has " + std::to_string(data.size()) +
                       " bytes: more than PREGON_MAX_EVENT_SIZE");
    const std::string appId = options.value("--app", config->apps.front().id);
    const auto done =
        clientFor(*config).publish({appId, "", jsonString(event), jsonString(data), {channel}});
    if (!done)
        return tl::unexpected<CommandError>(workerError(*config, done.error()));
    out << "published " << printable(event) << " on " << channel << '\n';
    return Done{};
}

Outcome tailEvents(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    const std::string channel = options.value("CHANNEL");
    if (channel.empty() != options.has("--all"))
        return wrongUsage("tail: either CHANNEL or --all");
    if (!channel.empty() && !ChannelRules::isValidTarget(channel))
        return wrongUsage(channel + ": not a channel's name");
    const SystemClock clock;
    const auto describe = options.has("--json") ? eventJson : describeEvent;
    const auto ended =
        clientFor(*config).tail({options.value("--app"), channel}, [&](const TailEvent &event) {
            out << describe(event, clock.unixSeconds()) << std::endl;
            return out.good();
        });
    if (!ended)
        return tl::unexpected<CommandError>(workerError(*config, ended.error()));
    return Done{};
}

std::string describeEvent(const TailEvent &event, std::int64_t now) {
    std::string text;
    if (event.dropped > 0)
        text = formatSqlTime(now) + " " + std::to_string(event.dropped) +
               " events missed: they came faster than they were read";
    if (event.messageJson.empty())
        return text;
    text += text.empty() ? "" : "\n";
    text += formatSqlTime(now) + " " + event.appId + " " + event.channel;
    const auto message = JsonDocument::parse(event.messageJson);
    if (message) {
        const JsonValue root = message->root(), data = root.find("data");
        text += " " + printable(root.find("event").asString().value_or("")) + " " +
                printable(data.asString().value_or(data.exists() ? data.print() : "null"));
    } else { // such as a text with a zero byte
        text += " " + event.messageJson;
    }
    text += event.senderSocketId.empty() ? "" : " from " + event.senderSocketId;
    return text + " (to " + std::to_string(event.deliveries) + ")";
}

std::string eventJson(const TailEvent &event, std::int64_t now) {
    JsonWriter json;
    if (event.dropped > 0)
        json.beginObject().key("time").number(now).key("dropped").number(event.dropped).endObject();
    if (event.messageJson.empty())
        return json.take();
    JsonWriter line;
    line.beginObject().key("time").number(now).key("app").string(event.appId);
    line.key("channel").string(event.channel).key("sender");
    event.senderSocketId.empty() ? line.null() : line.string(event.senderSocketId);
    line.key("deliveries").number(event.deliveries).key("message").raw(event.messageJson);
    line.endObject();
    return json.text() + (event.dropped > 0 ? "\n" : "") + line.text();
}

} // namespace pregon
