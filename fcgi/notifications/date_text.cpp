// SPDX-License-Identifier: MIT
#include "fcgi/notifications/date_text.h"

#include "shared/ascii.h"
#include "shared/clock.h"

#include <array>
#include <charconv>
#include <chrono>

namespace pregon {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};

bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes pieces off the front; once something does not fit, `failed` stays true.
class DateReader {
  public:
    explicit DateReader(std::string_view text) : rest_(text) {}

    bool isAtEnd() const { return rest_.empty(); }
    bool failed() const { return failed_; }
    void fail() { failed_ = true; }
    std::string_view rest() const { return rest_; }
    char next() const { return rest_.empty() ? '\0' : rest_.front(); }
    std::size_t digits() const {
        return std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    }

    /// A number of `fewest` to `most` digits that is at most `maximum`.
    int number(std::size_t fewest, std::size_t most, int maximum) {
        const std::size_t size = digits();
        if (size < fewest || size > most) {
            failed_ = true;
            return 0;
        }
        int value = 0;
        for (std::size_t i = 0; i < size; i++)
            value = value * 10 + (rest_[i] - '0');
        rest_.remove_prefix(size);
        failed_ = failed_ || value > maximum;
        return value;
    }
    /// Exactly `size` digits, whatever follows.
    int numberOf(std::size_t size, int maximum) {
        const std::string_view all = rest_;
        rest_ = all.substr(0, std::min(size, digits()));
        const int value = number(size, size, maximum);
        rest_ = all.substr(std::min(size, all.size()));
        return value;
    }

    bool takeOneOf(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos)
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    void need(std::string_view characters) { failed_ = !takeOneOf(characters) || failed_; }

    /// Letters, in lower case; empty if there are none.
    std::string word() {
        std::size_t size = 0;
        while (size < rest_.size() && isLetter(rest_[size]))
            size++;
        std::string letters = asciiLower(std::string(rest_.substr(0, size)));
        rest_.remove_prefix(size);
        return letters;
    }

    void skipDigits() {
        failed_ = failed_ || digits() == 0;
        rest_.remove_prefix(digits());
    }

  private:
    std::string_view rest_;
    bool failed_ = false;
};

struct Date {
    int year = 0;
    int month = 0;
    int day = 0;
};

/// `24 Nov 2026`, `24 November 2026`, behind the day.
Date readNamedMonth(DateReader &reader, int day) {
    constexpr std::size_t kShort = 3;
    const std::string word = reader.word();
    Date date{0, 0, day};
    for (std::size_t i = 0; i < kMonths.size(); i++)
        if (word == kMonths[i] || word == kMonths[i].substr(0, kShort))
            date.month = static_cast<int>(i) + 1;
    reader.need(" ");
    date.year = reader.number(4, 4, 9999);
    return date;
}

/// The separator says in which order day and month stand.
Date readDate(DateReader &reader) {
    if (reader.digits() == 4) {
        const int year = reader.number(4, 4, 9999);
        const std::string_view separator = reader.next() == '/' ? "/" : "-";
        reader.need(separator);
        const int month = reader.number(1, 2, 12);
        reader.need(separator);
        return {year, month, reader.number(1, 2, 31)};
    }
    const int first = reader.number(1, 2, 31);
    const char separator = reader.next();
    reader.need("/-. ");
    if (separator == ' ')
        return readNamedMonth(reader, first);
    const int second = reader.number(1, 2, 31);
    reader.need(std::string_view(&separator, 1));
    const int year = reader.number(4, 4, 9999);
    return separator == '/' ? Date{year, first, second} : Date{year, second, first};
}

/// `am` and `pm` behind an hour of 1 to 12.
int hourOf(DateReader &reader, int hour, std::string_view word) {
    if (hour < 1 || hour > 12)
        reader.fail();
    return hour % 12 + (word == "pm" ? 12 : 0);
}

/// Seconds of the day, and what stands behind them up to an offset.
std::int64_t readTime(DateReader &reader) {
    int hours = reader.number(1, 2, 24);
    reader.need(":");
    const int minutes = reader.numberOf(2, 59);
    const int seconds = reader.takeOneOf(":") ? reader.numberOf(2, 60) : 0;
    if (reader.takeOneOf("."))
        reader.skipDigits();
    DateReader ahead = reader;
    ahead.takeOneOf(" ");
    const std::string word = ahead.word();
    if (word == "am" || word == "pm") {
        reader = ahead;
        hours = hourOf(reader, hours, word);
    }
    return hours * 3600 + minutes * 60 + seconds;
}

/// Seconds east of UTC; nullopt: none is written.
std::optional<std::int64_t> readOffset(DateReader &reader) {
    if (reader.isAtEnd())
        return std::nullopt;
    reader.takeOneOf(" ");
    if (const std::string word = reader.word(); !word.empty()) {
        if (word != "z" && word != "utc" && word != "gmt")
            reader.fail();
        return 0;
    }
    const std::int64_t sign = reader.takeOneOf("-") ? -1 : 1;
    if (sign > 0)
        reader.need("+");
    const std::int64_t hours = reader.numberOf(2, 23);
    if (reader.isAtEnd())
        return sign * hours * 3600;
    reader.takeOneOf(":");
    return sign * (hours * 3600 + reader.numberOf(2, 59) * 60);
}

/// `Tue, ` or `Tue `; nullopt: none is written.
std::optional<unsigned> readWeekday(DateReader &reader) {
    const std::string word = reader.word();
    if (word.empty())
        return std::nullopt;
    reader.takeOneOf(",");
    reader.need(" ");
    for (std::size_t i = 0; i < kWeekdays.size(); i++)
        if (word == kWeekdays[i])
            return static_cast<unsigned>(i);
    reader.fail();
    return std::nullopt;
}

/// `@1795510860`, a fraction is dropped.
std::optional<std::int64_t> parseUnixTime(std::string_view text) {
    constexpr std::int64_t kFirst = -30'610'224'000, kLast = 253'402'300'799; // years 1000 to 9999
    std::int64_t seconds = 0;
    const char *end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, seconds);
    const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
    const bool isWhole = rest.empty() || (rest.starts_with('.') && rest.size() > 1 &&
                                          rest.find_first_not_of("0123456789", 1) == rest.npos);
    if (error != std::errc() || !isWhole || seconds < kFirst || seconds > kLast)
        return std::nullopt;
    return seconds;
}

} // namespace

std::optional<std::int64_t> parseTime(std::string_view text) {
    if (text.starts_with('@'))
        return parseUnixTime(text.substr(1));
    DateReader reader(text);
    const auto weekday = readWeekday(reader);
    const Date date = readDate(reader);
    std::int64_t seconds = 0;
    std::optional<std::int64_t> offset;
    if (!reader.isAtEnd()) {
        reader.need("Tt ");
        seconds = readTime(reader);
        offset = readOffset(reader);
    }
    const std::chrono::year_month_day day{std::chrono::year(date.year),
                                          std::chrono::month(static_cast<unsigned>(date.month)),
                                          std::chrono::day(static_cast<unsigned>(date.day))};
    if (reader.failed() || !reader.isAtEnd() || date.year < 1000 || !day.ok())
        return std::nullopt;
    const std::chrono::sys_days days(day);
    if (weekday && std::chrono::weekday(days).c_encoding() != *weekday)
        return std::nullopt;
    const std::int64_t wallClock = days.time_since_epoch().count() * 86400 + seconds;
    return offset ? wallClock - *offset : fromWallClock(wallClock);
}

} // namespace pregon
