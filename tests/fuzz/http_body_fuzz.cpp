// Bodies: the first byte chooses the Content-Type of a form; the rest is read as that, and as an
// event.

#include "fcgi/events_api.h"
#include "fcgi/form_fields.h"
#include "shared/channel_rules.h"
#include "shared/json_scan.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const char *const kTypes[] = {"application/x-www-form-urlencoded", "application/json",
                                         "multipart/form-data; boundary=X", "text/plain"};
    if (size == 0)
        return 0;
    HttpRequest request;
    request.contentType = kTypes[data[0] % std::size(kTypes)];
    request.body.assign(reinterpret_cast<const char *>(data) + 1, size - 1);
    request.query = request.body.substr(0, 50);
    (void)readFormFields(request);

    static WorkerClient nobody("/nonexistent", std::chrono::milliseconds(1));
    const EventsApi events(nobody, 100);
    const auto message = events.parse(request.body, App{});
    if (!message)
        return 0;
    if (!validateJson(message->eventJson) || !validateJson(message->dataJson) ||
        message->channels.empty() || !PublishMessage::decode(message->encode()))
        std::abort();
    for (const std::string &channel : message->channels)
        if (!ChannelRules::isValidTarget(channel))
            std::abort();
    return 0;
}
