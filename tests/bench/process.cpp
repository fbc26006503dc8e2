// SPDX-License-Identifier: MIT
#include "tests/bench/process.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <linux/close_range.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace pregon::bench {
namespace {

constexpr std::chrono::seconds kStartTime{60};

pid_t forkOrFail() {
    std::fflush(stdout);
    const pid_t bench = ::getpid(), pid = ::fork();
    if (pid < 0)
        fail("fork: " + std::string(std::strerror(errno)));
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != bench)
            ::_exit(1);
    }
    return pid;
}

/// `Pss:      123 kB` of such a file, in bytes.
double kilobytesIn(const std::string &text, const std::string &name) {
    const std::size_t at = text.find("\n" + name + ":");
    return at == std::string::npos
               ? 0
               : 1024 * std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

double nanoseconds(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0)
        fail("the measured process is gone");
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

} // namespace

void fail(const std::string &reason) {
    std::printf("FAILED %s\n", reason.c_str());
    std::fflush(stdout);
    std::_Exit(1); // threads may be at work: nothing is taken apart
}

Process::Process(const std::vector<std::string> &command, std::string logFile)
    : logFile_(std::move(logFile)) {
    std::vector<char *> arguments;
    for (const std::string &argument : command)
        arguments.push_back(const_cast<char *>(argument.c_str()));
    arguments.push_back(nullptr);
    pid_ = forkOrFail();
    if (pid_ != 0)
        return;
    const int log = ::open(logFile_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::close_range(3, ~0U, 0);
    ::execvp(arguments[0], arguments.data());
    std::fprintf(stderr, "%s: %s\n", arguments[0], std::strerror(errno));
    ::_exit(127);
}

Process::Process(const std::vector<int> &kept, const std::function<void()> &body)
    : pid_(forkOrFail()) {
    if (pid_ != 0)
        return;
    constexpr int kFirst = 3, kAbove = 1000;
    std::vector<int> copies;
    for (const int fd : kept)
        copies.push_back(::fcntl(fd, F_DUPFD, kAbove));
    int next = kFirst;
    for (const int copy : copies)
        ::dup2(copy, next++);
    ::close_range(static_cast<unsigned>(next), ~0U, 0);
    body();
    ::_exit(0);
}

Process::~Process() {
    const std::vector<pid_t> all = family();
    for (const pid_t pid : all)
        ::kill(pid, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Process::awaitLog(const std::string &text) const {
    const auto deadline = std::chrono::steady_clock::now() + kStartTime;
    for (std::string log; log.find(text) == std::string::npos;) {
        if (std::chrono::steady_clock::now() > deadline || ::waitpid(pid_, nullptr, WNOHANG) != 0)
            fail("does not start: " + log);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        std::ifstream file(logFile_);
        log.assign(std::istreambuf_iterator<char>(file), {});
    }
}

int Process::awaitEnd() const {
    siginfo_t how{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOWAIT) != 0 &&
           errno == EINTR) {
    }
    return how.si_code == CLD_EXITED ? how.si_status : -1;
}

std::vector<pid_t> Process::family() const {
    std::vector<pid_t> pids{pid_};
    const std::string pid = std::to_string(pid_);
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    for (pid_t child; children >> child;)
        pids.push_back(child);
    return pids;
}

double cpuOf(const std::vector<pid_t> &processes) {
    double sum = 0;
    for (const pid_t pid : processes) {
        clockid_t clock{};
        if (::clock_getcpuclockid(pid, &clock) != 0)
            fail("the measured process is gone");
        sum += nanoseconds(clock);
    }
    return sum;
}

double cpuOfThisThread() {
    return nanoseconds(CLOCK_THREAD_CPUTIME_ID);
}

Memory memoryOf(const std::vector<pid_t> &processes) {
    Memory sum;
    for (const pid_t pid : processes) {
        const std::string text = contentsOf("/proc/" + std::to_string(pid) + "/smaps_rollup");
        sum.pss += kilobytesIn(text, "Pss");
        sum.rss += kilobytesIn(text, "Rss");
    }
    return sum;
}

double kernelObjects() {
    return kilobytesIn(contentsOf("/proc/meminfo"), "Slab");
}

std::string contentsOf(const std::string &path) {
    std::ifstream file(path);
    if (!file)
        fail("cannot read " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

void writePrivateFile(const std::string &path, const std::string &text) {
    const mode_t mask = ::umask(077);
    std::ofstream file(path);
    ::umask(mask);
    if (!(file << text) || !file.flush())
        fail("cannot write " + path);
}

} // namespace pregon::bench
