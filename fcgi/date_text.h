#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Reads an ISO 8601 date or time: `2026-11-24`, `2026-11-24T09:00`, `2026-11-24 09:00:00.123`,
/// with or without `Z` or `±hh`, `±hh:mm`, `±hhmm`. Years 1000 to 9999. Gives the wall clock as it
/// is written, in seconds as if it were UTC: fraction and offset are dropped, as the application
/// drops them. nullopt: another form, or not in the calendar.
std::optional<std::int64_t> parseWallClock(std::string_view text);

} // namespace pregon
