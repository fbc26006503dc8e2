// SPDX-License-Identifier: MIT
#include "shared/process/systemd_notify.h"

#include <cstdint>
#include <ctime>
#include <systemd/sd-daemon.h>

namespace pregon {
namespace {

std::string microseconds(std::chrono::microseconds value) {
    return std::to_string(value.count());
}

/// The time of the clock that systemd uses: a READY=1 from before the reload does not end the
/// reload.
std::string monotonicNow() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return microseconds(std::chrono::seconds(now.tv_sec) +
                        std::chrono::microseconds(now.tv_nsec / 1000));
}

void tell(const std::string &state) {
    ::sd_notify(0, state.c_str());
}

} // namespace

void notifyReady(const std::string &status) {
    tell("READY=1\nSTATUS=" + status);
}

void notifyReloading() {
    tell("RELOADING=1\nMONOTONIC_USEC=" + monotonicNow());
}

void notifyReloaded() {
    tell("READY=1");
}

void notifyStopping(std::chrono::milliseconds atMost) {
    tell("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=" + microseconds(atMost));
}

std::optional<std::chrono::milliseconds> watchdogInterval() {
    std::uint64_t limit = 0;
    if (::sd_watchdog_enabled(0, &limit) <= 0)
        return std::nullopt;
    constexpr std::uint64_t kHalf = 2000; // of as many milliseconds
    return std::chrono::milliseconds(limit > kHalf ? limit / kHalf : 1);
}

void notifyAlive(const std::string &status) {
    tell("WATCHDOG=1\nSTATUS=" + status);
}

} // namespace pregon
