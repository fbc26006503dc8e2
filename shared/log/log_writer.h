// SPDX-License-Identifier: MIT
#pragma once

#include "shared/log/log.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace pregon {

/// Writes lines of at most PIPE_BUF to a descriptor and never waits for the reader: a line that
/// finds no room is lost. Of one kind kBurst lines are written at once, and kPerSecond from then
/// on; the rest is left out. The number of lines that were lost or left out is written before the
/// next line that can be written. Any thread.
class LogWriter {
  public:
    /// Lines with the same words, at Info and above; Debug has no such limit.
    static constexpr int kPerSecond = 100;
    static constexpr int kBurst = 1000;

    /// Borrows `fd`.
    explicit LogWriter(int fd) : fd_(fd) {}

    /// `<LEVEL>line\n`. `words` are the line's own, which tell its kind.
    void write(LogLevel level, std::string_view words, std::string_view line);

  private:
    using Time = std::chrono::steady_clock::time_point;
    struct Kind {
        Time at; ///< of the last line
        double allowed = kBurst;
        Time reportedAt{};
        std::uint64_t leftOut = 0; ///< since then
    };

    bool mayBeWritten(std::string_view words, Time now);
    void tellWhatWasLost(Time now);
    bool put(LogLevel level, std::string_view line);

    const int fd_;
    std::mutex mutex_;
    std::uint64_t lost_ = 0;
    std::map<std::string, Kind, std::less<>> kinds_; ///< as many as the program has words
    bool isAnyLeftOut_ = false;
};

} // namespace pregon
