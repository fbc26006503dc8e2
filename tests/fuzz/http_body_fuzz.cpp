// SPDX-License-Identifier: MIT

// Bodies: the first byte chooses the Content-Type of a form; the rest is read as that, as an event
// and as a batch. The last kind has its Content-Type in the first line of the body.

#include "fcgi/auth/auth_fields.h"
#include "fcgi/events/event_parser.h"
#include "fcgi/http/form_fields.h"
#include "shared/json/json_scan.h"
#include "shared/protocol/channel_rules.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace pregon;

namespace {

void check(const PublishMessage &message) {
    if (!validateJson(message.eventJson) || !validateJson(message.dataJson) ||
        message.channels.empty() || !PublishMessage::decode(message.encode()))
        std::abort();
    for (const std::string &channel : message.channels)
        if (!ChannelRules::isValidTarget(channel))
            std::abort();
}

/// The channels and the rest of an auth request; what is passed on is read there as it was here.
void checkAuthFields(const FormFields &fields) {
    const AuthFields asked = authFieldsOf(fields);
    if (asked.channels.empty() || (!asked.isBatch && asked.channels.size() != 1) ||
        parseUrlEncoded(toUrlEncoded(asked.others)) != asked.others)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const char *const kTypes[] = {"application/x-www-form-urlencoded", "application/json",
                                         "multipart/form-data; boundary=X", "text/plain", ""};
    if (size == 0)
        return 0;
    HttpRequest request;
    request.contentType = kTypes[data[0] % std::size(kTypes)];
    request.body.assign(reinterpret_cast<const char *>(data) + 1, size - 1);
    request.query = request.body.substr(0, 50);
    if (request.contentType.empty()) {
        const std::size_t end = std::min(request.body.find('\n'), request.body.size());
        request.contentType = "multipart/form-data;" + request.body.substr(0, end);
        request.body.erase(0, end);
    }
    if (const auto fields = readFormFields(request))
        checkAuthFields(*fields);

    const EventParser parser(100, 3);
    if (const auto event = parser.event(request.body, App{}))
        check(event->message);
    const auto batch = parser.batch(request.body, App{});
    if (!batch)
        return 0;
    if (batch->empty() || batch->size() > 3)
        std::abort();
    for (const EventRequest &event : *batch) {
        check(event.message);
        if (event.message.channels.size() != 1)
            std::abort();
    }
    return 0;
}
