// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace pregon::bench {

/// Ends the run with exit code 1 and the reason on standard output.
[[noreturn]] void fail(const std::string &reason);

template <class T>
T orFail(Result<T> result) {
    if (!result)
        fail(result.error().reason);
    return std::move(*result);
}

using Clock = std::chrono::steady_clock;
/// How long anything may take before the run is given up.
inline constexpr std::chrono::seconds kPatience{40};

/// A child of the bench: it is killed when its object goes, and by the kernel when the bench dies.
/// Every failure to start ends the run.
class Process {
  public:
    /// Runs a program; what it prints goes into `logFile`.
    Process(const std::vector<std::string> &command, std::string logFile);
    /// Runs `body` in a copy of this process that keeps no descriptors but `kept`; `body` finds
    /// them as 3, 4 and so on.
    Process(const std::vector<int> &kept, const std::function<void()> &body);
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    ~Process();

    /// Ends the run unless `text` is in the log within a minute.
    void awaitLog(const std::string &text) const;
    /// Its exit code; -1 if a signal ended it.
    int awaitEnd() const;
    pid_t pid() const { return pid_; }
    /// The process and its children, as they are now.
    std::vector<pid_t> family() const;

  private:
    std::string logFile_;
    pid_t pid_ = -1;
};

/// Nanoseconds on a processor, user and system, of all threads of these processes.
double cpuOf(const std::vector<pid_t> &processes);
/// The same of the calling thread.
double cpuOfThisThread();

/// Bytes in user space, of all these processes (/proc/PID/smaps_rollup).
struct Memory {
    double pss = 0; ///< a page that n processes share counts 1/n
    double rss = 0;
};
Memory memoryOf(const std::vector<pid_t> &processes);
/// Bytes of kernel objects of the whole machine (Slab in /proc/meminfo).
double kernelObjects();

/// The whole file, or the end of the run.
std::string contentsOf(const std::string &path);
/// Readable by us alone: it may hold a secret.
void writePrivateFile(const std::string &path, const std::string &text);

} // namespace pregon::bench
