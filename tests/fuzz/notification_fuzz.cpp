// SPDX-License-Identifier: MIT

// The first byte chooses what the rest is: a posted notice in one of its forms, or the query of a
// list.

#include "fcgi/notifications/date_text.h"
#include "fcgi/notifications/notification_input.h"
#include "fcgi/notifications/notification_query.h"
#include "shared/json/json_scan.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

/// As the database gets it.
void checkTime(const std::optional<std::string> &time) {
    require(!time || (time->size() == 19 && parseTime(*time)));
}

void check(const NotificationInput &input) {
    require(!input.body.empty() && input.deviceUuid.size() == 36);
    require(!input.rawJson || validateJson(*input.rawJson));
    checkTime(input.postedAt);
    checkTime(input.receivedAt);
}

void check(const NotificationQuery &asked) {
    require(asked.perPage >= 1 && asked.perPage <= 100);
    require(asked.page >= 1 && asked.page <= kMaxNotificationPage);
    checkTime(asked.filter.receivedFrom);
    checkTime(asked.filter.receivedTo);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static const char *const kTypes[] = {"application/x-www-form-urlencoded", "application/json",
                                         "multipart/form-data; boundary=X", ""};
    if (size == 0)
        return 0;
    const std::string rest(reinterpret_cast<const char *>(data) + 1, size - 1);
    HttpRequest request;
    request.contentType = kTypes[data[0] % std::size(kTypes)];
    request.body = rest;
    if (request.contentType.empty()) {
        const auto asked = readNotificationQuery(rest);
        asked ? check(*asked) : require(validateJson(asked.error().toJson()).has_value());
        return 0;
    }
    const auto input = readNotificationInput(request);
    input ? check(*input) : require(validateJson(input.error().toJson()).has_value());
    return 0;
}
