// SPDX-License-Identifier: MIT
#include "shared/clock.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <time.h> // strptime is no part of C

namespace pregon {
namespace {

std::string format(const char *form, const ::tm &parts) {
    char text[40];
    return {text, ::strftime(text, sizeof text, form, &parts)};
}

::tm localParts(std::int64_t unixSeconds) {
    const ::time_t time = unixSeconds;
    ::tm parts{};
    ::localtime_r(&time, &parts);
    return parts;
}

::tm utcParts(std::int64_t unixSeconds) {
    const ::time_t time = unixSeconds;
    ::tm parts{};
    ::gmtime_r(&time, &parts);
    return parts;
}

std::int64_t fromLocalParts(::tm parts) {
    parts.tm_isdst = -1; // whichever holds then
    return ::mktime(&parts);
}

} // namespace

std::chrono::steady_clock::time_point SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

std::int64_t SystemClock::unixSeconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

bool isTimeZone(const std::string &name) {
    if (name == "UTC")
        return true;
    if (name.empty() || name.front() == '/' || name.find("..") != name.npos)
        return false;
    std::string start(4, '\0'); // the folder has lists of zones as well
    std::ifstream("/usr/share/zoneinfo/" + name).read(start.data(), 4);
    return start == "TZif";
}

void useTimeZone(const std::string &name) {
    ::setenv("TZ", name.c_str(), 1);
    ::tzset();
}

std::string formatSqlTime(std::int64_t unixSeconds) {
    return format("%Y-%m-%d %H:%M:%S", localParts(unixSeconds));
}

std::optional<std::int64_t> parseSqlTime(const std::string &text) {
    ::tm parts{};
    if (::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts) == nullptr)
        return std::nullopt;
    return fromLocalParts(parts);
}

std::int64_t fromWallClock(std::int64_t wallClock) {
    return fromLocalParts(utcParts(wallClock));
}

std::string formatUtcTime(std::int64_t unixSeconds) {
    return format("%Y-%m-%dT%H:%M:%S.000000Z", utcParts(unixSeconds));
}

std::string formatOffsetTime(std::int64_t unixSeconds) {
    std::string text = format("%Y-%m-%dT%H:%M:%S%z", localParts(unixSeconds));
    return text.insert(text.size() - 2, ":");
}

} // namespace pregon
