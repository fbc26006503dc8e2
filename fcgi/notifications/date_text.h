// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Reads a date or time as PHP's strtotime does (tests/fcgi/notifications/recorded/php_dates.tsv),
/// where what is written can be read in one way only:
/// - `2026-11-24`, `2026/11/24`; `11/24/2026`, with slashes the month first; `24-11-2026`,
///   `24.11.2026`, otherwise the day first; `24 Nov 2026`, `Tue, 24 Nov 2026`;
/// - behind it, after a `T` or a blank, `09:00`, `9:00:05.123`, `9:00 PM`; 24:00 is the next
///   midnight, the second 60 the next minute;
/// - behind that `Z`, `UTC`, `GMT` or `±hh`, `±hh:mm`, `±hhmm`, without or after a blank;
/// - `@1795510860`, the unix seconds.
/// Years 1000 to 9999. Gives the unix seconds; without an offset the time is the application's
/// (useTimeZone), a fraction is dropped. nullopt: another form, among them words such as
/// `yesterday` and years of two digits; or not in the calendar; or another day of the week.
std::optional<std::int64_t> parseTime(std::string_view text);

} // namespace pregon
