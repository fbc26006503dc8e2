#include "shared/clock.h"

#include <time.h> // strptime is no part of C

namespace pregon {

std::chrono::steady_clock::time_point SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

std::int64_t SystemClock::unixSeconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string formatSqlTime(std::int64_t unixSeconds) {
    const ::time_t time = unixSeconds;
    ::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    const std::size_t length = ::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    return {text, length};
}

std::optional<std::int64_t> parseSqlTime(const std::string &text) {
    ::tm parts{};
    if (::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts) == nullptr)
        return std::nullopt;
    return ::timegm(&parts);
}

} // namespace pregon
