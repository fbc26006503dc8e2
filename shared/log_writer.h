#pragma once

#include "shared/log.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace pregon {

/// Writes lines of at most PIPE_BUF to a descriptor, never waiting for who reads them: a line that
/// finds no room is lost, and so is what comes of one kind beyond kPerSecond within a second. What
/// was lost is told, with its number, before the next line that can be written. Any thread.
class LogWriter {
  public:
    /// Lines with the same words, at Info and above; Debug has no such limit.
    static constexpr std::uint32_t kPerSecond = 100;

    /// Borrows `fd`.
    explicit LogWriter(int fd) : fd_(fd) {}

    /// `<LEVEL>line\n`. `words` are the line's own, which tell its kind.
    void write(LogLevel level, std::string_view words, std::string_view line);

  private:
    using Time = std::chrono::steady_clock::time_point;
    struct Kind {
        Time since;
        std::uint32_t count = 0;   ///< since then
        std::uint64_t leftOut = 0; ///< of them
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
