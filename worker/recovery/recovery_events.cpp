// SPDX-License-Identifier: MIT
#include "worker/recovery/recovery_events.h"

#include "shared/json/json.h"

#include <array>

namespace pregon {
namespace {

constexpr std::array<std::string_view, kGaps> kTexts = {"none",      "evicted", "expired",
                                                        "restarted", "shared",  "user"};

/// `data` is a string of JSON, as in every event of the protocol.
std::string eventText(std::string_view name, std::string_view channel, const std::string &data) {
    JsonWriter json;
    json.beginObject().key("event").string(name).key("channel").string(channel);
    json.key("data").string(data).endObject();
    return json.take();
}

std::string number(std::size_t count) {
    return std::to_string(count);
}

} // namespace

std::string_view textOf(Gap gap) {
    return kTexts[static_cast<std::size_t>(gap)];
}

namespace RecoveryEvents {

std::string replay(std::string_view channel, std::size_t count) {
    return eventText("pregon:replay", channel, R"({"count":)" + number(count) + "}");
}

std::string rewind(std::string_view channel, std::size_t count) {
    return eventText("pregon:replay", channel,
                     R"({"count":)" + number(count) + R"(,"rewind":true})");
}

std::string gap(std::string_view channel, Gap why) {
    return eventText("pregon:gap", channel, R"({"reason":")" + std::string(textOf(why)) + "\"}");
}

} // namespace RecoveryEvents
} // namespace pregon
