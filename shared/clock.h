// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace pregon {

/// Where time comes from. Logic takes a `const Clock &`; tests hand in one that they set.
class Clock {
  public:
    virtual ~Clock() = default;
    /// Never goes back; for time-outs and intervals.
    virtual std::chrono::steady_clock::time_point steady() const = 0;
    /// The same in milliseconds.
    std::int64_t milliseconds() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(steady().time_since_epoch())
            .count();
    }
    /// Seconds since 1970 UTC.
    virtual std::int64_t unixSeconds() const = 0;
};

class SystemClock final : public Clock {
  public:
    std::chrono::steady_clock::time_point steady() const override;
    std::int64_t unixSeconds() const override;
};

/// True if the system (package tzdata) knows that time zone: `UTC`, `America/Lima`.
bool isTimeZone(const std::string &name);
/// From here on the process keeps time as the application does. To be called before the functions
/// below, and before there are threads. `name` has been checked.
void useTimeZone(const std::string &name);

/// `2026-11-24 09:01:00` in the application's time zone: how its tables hold a time.
std::string formatSqlTime(std::int64_t unixSeconds);
/// The seconds of such a text; a fraction or an offset behind it is ignored. nullopt: another form.
std::optional<std::int64_t> parseSqlTime(const std::string &text);
/// The seconds at which the application's clock shows `wallClock`, which counts as if in UTC.
std::int64_t fromWallClock(std::int64_t wallClock);

/// `2026-11-24T14:01:00.000000Z`, as Laravel writes a time in JSON.
std::string formatUtcTime(std::int64_t unixSeconds);
/// `2026-11-24T09:01:00-05:00`: the application's time zone and its offset.
std::string formatOffsetTime(std::int64_t unixSeconds);

} // namespace pregon
