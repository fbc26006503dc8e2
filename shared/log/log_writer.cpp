// SPDX-License-Identifier: MIT
#include "shared/log/log_writer.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace pregon {
namespace {

constexpr std::chrono::seconds kSecond{1};

} // namespace

void LogWriter::write(LogLevel level, std::string_view words, std::string_view line) {
    const std::lock_guard lock(mutex_);
    const Time now = std::chrono::steady_clock::now();
    tellWhatWasLost(now);
    if (level != LogLevel::Debug && !mayBeWritten(words, now))
        return;
    if (!put(level, line))
        lost_++;
}

bool LogWriter::mayBeWritten(std::string_view words, Time now) {
    auto found = kinds_.find(words);
    if (found == kinds_.end())
        found = kinds_.try_emplace(std::string(words), Kind{now}).first;
    Kind &kind = found->second;
    const std::chrono::duration<double> elapsed = now - std::exchange(kind.at, now);
    kind.allowed = std::min<double>(kBurst, kind.allowed + elapsed.count() * kPerSecond);
    if (kind.allowed >= 1) {
        kind.allowed--;
        return true;
    }
    kind.leftOut++;
    isAnyLeftOut_ = true;
    return false;
}

void LogWriter::tellWhatWasLost(Time now) {
    if (lost_ > 0 &&
        put(LogLevel::Warning,
            formatLogLine("log lines lost", {{"count", lost_}, {"reason", "nobody reads them"}})))
        lost_ = 0;
    if (!std::exchange(isAnyLeftOut_, false))
        return;
    for (auto &[words, kind] : kinds_) {
        if (kind.leftOut > 0 && now - kind.reportedAt >= kSecond &&
            put(LogLevel::Notice,
                formatLogLine("log lines left out", {{"count", kind.leftOut}, {"kind", words}}))) {
            kind.leftOut = 0;
            kind.reportedAt = now;
        }
        isAnyLeftOut_ = isAnyLeftOut_ || kind.leftOut > 0;
    }
}

/// False if it would have to wait. A pipe or socket that can be written has room for PIPE_BUF.
bool LogWriter::put(LogLevel level, std::string_view line) {
    pollfd room{fd_, POLLOUT, 0};
    if (::poll(&room, 1, 0) <= 0 || (room.revents & POLLOUT) == 0)
        return false;
    std::string text = "<" + std::to_string(static_cast<int>(level)) + ">";
    text.append(line).append("\n");
    return ::write(fd_, text.data(), text.size()) >= 0;
}

} // namespace pregon
