// SPDX-License-Identifier: MIT
#include "fcgi/events/events_api.h"

#include "fcgi/events/channel_query.h"
#include "shared/json/json.h"

#include <algorithm>

namespace pregon {
namespace {

bool asksForInfo(const EventRequest &event) {
    return event.info.has_value();
}

} // namespace

Result<std::string> EventsApi::trigger(std::string_view body, const App &app) {
    const auto event = parser_.event(body, app);
    if (!event)
        return tl::unexpected<Error>(event.error());
    if (const auto done = publisher_.publish({event->message}); !done)
        return tl::unexpected<Error>(done.error());
    return asksForInfo(*event) ? infoOfChannels(*event) : "{}";
}

Result<std::string> EventsApi::triggerBatch(std::string_view body, const App &app) {
    const auto events = parser_.batch(body, app);
    if (!events)
        return tl::unexpected<Error>(events.error());
    std::vector<PublishMessage> messages;
    for (const EventRequest &event : *events)
        messages.push_back(event.message);
    if (const auto done = publisher_.publish(messages); !done)
        return tl::unexpected<Error>(done.error());
    return std::any_of(events->begin(), events->end(), asksForInfo) ? infoOfBatch(*events) : "{}";
}

/// `{"channels":{name:{…},…}}`
Result<std::string> EventsApi::infoOfChannels(const EventRequest &event) {
    const std::vector<std::string> &channels = event.message.channels;
    const auto objects = askChannelInfo(worker_, {event.message.appId, *event.info, channels});
    if (!objects)
        return tl::unexpected<Error>(objects.error());
    JsonWriter json;
    json.beginObject().key("channels").beginObject();
    for (std::size_t i = 0; i < channels.size(); i++)
        json.key(channels[i]).raw((*objects)[i]);
    json.endObject().endObject();
    return json.take();
}

/// `{"batch":[{…},…]}`, as long as the request.
Result<std::string> EventsApi::infoOfBatch(const std::vector<EventRequest> &events) {
    JsonWriter json;
    json.beginObject().key("batch").beginArray();
    for (const EventRequest &event : events) {
        if (!asksForInfo(event)) {
            json.raw("{}");
            continue;
        }
        const auto objects =
            askChannelInfo(worker_, {event.message.appId, *event.info, event.message.channels});
        if (!objects)
            return tl::unexpected<Error>(objects.error());
        json.raw(objects->front());
    }
    json.endArray().endObject();
    return json.take();
}

} // namespace pregon
