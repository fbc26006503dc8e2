// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace pregon {

/// What systemd (Type=notify) is told about this process: sd_notify(3). Any thread. Without
/// systemd, that is without $NOTIFY_SOCKET, nothing happens.

/// Everything listens. `status` is what `systemctl status` shows.
void notifyReady(const std::string &status);

/// The configuration is read again; notifyReady or notifyReloaded follows, whatever came of it.
void notifyReloading();
void notifyReloaded();

/// The daemon has begun to stop and may take this long: systemd waits at least until then before it
/// kills.
void notifyStopping(std::chrono::milliseconds atMost);

/// How often notifyAlive is due: half of WatchdogSec=. nullopt without a watchdog.
std::optional<std::chrono::milliseconds> watchdogInterval();

/// The calling loop goes round; call it from there alone. `status` as above.
void notifyAlive(const std::string &status);

} // namespace pregon
