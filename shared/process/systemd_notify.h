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

/// The end has begun and may take so long: systemd waits at least until then before it kills.
void notifyStopping(std::chrono::milliseconds atMost);

/// How often notifyAlive is due: half of WatchdogSec=. Nullopt if nobody waits for it.
std::optional<std::chrono::milliseconds> watchdogInterval();

/// The calling loop goes round; call it from there alone. `status` as above.
void notifyAlive(const std::string &status);

} // namespace pregon
