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
    /// Seconds since 1970 UTC.
    virtual std::int64_t unixSeconds() const = 0;
};

class SystemClock final : public Clock {
  public:
    std::chrono::steady_clock::time_point steady() const override;
    std::int64_t unixSeconds() const override;
};

/// `2026-11-24 09:01:00`, UTC: how the application's tables hold a time.
std::string formatSqlTime(std::int64_t unixSeconds);
/// The seconds of such a text; a fraction or an offset behind it is passed over. nullopt: another
/// form.
std::optional<std::int64_t> parseSqlTime(const std::string &text);

} // namespace pregon
