#include "fcgi/date_text.h"

#include "shared/clock.h"

#include <chrono>

namespace pregon {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes pieces off the front; once something does not fit, `failed` stays true.
class DateReader {
  public:
    explicit DateReader(std::string_view text) : rest_(text) {}

    bool isAtEnd() const { return rest_.empty(); }
    bool failed() const { return failed_; }

    /// A number of exactly `size` digits that is at most `maximum`.
    int number(std::size_t size, int maximum) {
        int value = 0;
        for (std::size_t i = 0; i < size; i++) {
            if (i >= rest_.size() || !isDigit(rest_[i])) {
                failed_ = true;
                return 0;
            }
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(size);
        failed_ = failed_ || value > maximum;
        return value;
    }

    bool takeOneOf(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    void need(std::string_view characters) { failed_ = !takeOneOf(characters) || failed_; }

    void skipDigits() {
        if (rest_.empty() || !isDigit(rest_.front()))
            failed_ = true;
        while (!rest_.empty() && isDigit(rest_.front()))
            rest_.remove_prefix(1);
    }

  private:
    std::string_view rest_;
    bool failed_ = false;
};

std::int64_t readTime(DateReader &reader) {
    const int hours = reader.number(2, 23);
    reader.need(":");
    const int minutes = reader.number(2, 59);
    const int seconds = reader.takeOneOf(":") ? reader.number(2, 59) : 0;
    if (reader.takeOneOf(".,"))
        reader.skipDigits();
    return hours * 3600 + minutes * 60 + seconds;
}

/// Seconds east of UTC; nullopt: none is written.
std::optional<std::int64_t> readOffset(DateReader &reader) {
    if (reader.isAtEnd())
        return std::nullopt;
    if (reader.takeOneOf("Zz"))
        return 0;
    const std::int64_t sign = reader.takeOneOf("-") ? -1 : 1;
    if (sign > 0)
        reader.need("+");
    const std::int64_t hours = reader.number(2, 23);
    if (reader.isAtEnd())
        return sign * hours * 3600;
    reader.takeOneOf(":");
    return sign * (hours * 3600 + reader.number(2, 59) * 60);
}

} // namespace

std::optional<std::int64_t> parseTime(std::string_view text) {
    DateReader reader(text);
    const int year = reader.number(4, 9999);
    reader.need("-");
    const auto month = static_cast<unsigned>(reader.number(2, 12));
    reader.need("-");
    const auto day = static_cast<unsigned>(reader.number(2, 31));
    std::int64_t seconds = 0;
    std::optional<std::int64_t> offset;
    if (!reader.isAtEnd()) {
        reader.need("Tt ");
        seconds = readTime(reader);
        offset = readOffset(reader);
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (reader.failed() || !reader.isAtEnd() || year < 1000 || !date.ok())
        return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t wallClock = days * 86400 + seconds;
    return offset ? wallClock - *offset : fromWallClock(wallClock);
}

} // namespace pregon
