#include "fcgi/date_text.h"

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

void skipOffset(DateReader &reader) {
    if (reader.isAtEnd() || reader.takeOneOf("Zz"))
        return;
    reader.need("+-");
    reader.number(2, 23);
    if (reader.isAtEnd())
        return;
    reader.takeOneOf(":");
    reader.number(2, 59);
}

} // namespace

std::optional<std::int64_t> parseWallClock(std::string_view text) {
    DateReader reader(text);
    const int year = reader.number(4, 9999);
    reader.need("-");
    const auto month = static_cast<unsigned>(reader.number(2, 12));
    reader.need("-");
    const auto day = static_cast<unsigned>(reader.number(2, 31));
    std::int64_t seconds = 0;
    if (!reader.isAtEnd()) {
        reader.need("Tt ");
        seconds = readTime(reader);
        skipOffset(reader);
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (reader.failed() || !reader.isAtEnd() || year < 1000 || !date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400} + seconds;
}

} // namespace pregon
