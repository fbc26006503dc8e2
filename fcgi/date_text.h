#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Reads an ISO 8601 date or time: `2026-11-24`, `2026-11-24T09:00`, `2026-11-24 09:00:00.123`,
/// with or without `Z` or `±hh`, `±hh:mm`, `±hhmm`. Years 1000 to 9999. Gives the unix seconds;
/// without an offset the time is the application's (useTimeZone), a fraction is dropped. nullopt:
/// another form, or not in the calendar.
std::optional<std::int64_t> parseTime(std::string_view text);

} // namespace pregon
