// SPDX-License-Identifier: MIT
#pragma once

#include "shared/process/daemon.h"
#include "webhookd/endpoints.h"
#include "webhookd/hook_commands.h"
#include "webhookd/hook_sender.h"
#include "webhookd/hook_server.h"

#include <memory>
#include <optional>

namespace pregon {

/// pregon-webhookd's loop. One thread; it waits in HookSender alone.
class Webhookd {
  public:
    Webhookd(const AppConfig &config, const DaemonOptions &options);

    /// Opens the spools and the socket. Unavailable with the reason.
    Result<Done> start();
    /// Until a signal ends it: no new attempts then, those under way end, the rest stays on disk.
    void run();

  private:
    static HookTime now();
    void turn();
    void takeSignals();
    void reload();
    void sendDue();
    int patience(HookTime now);
    void tellAlive(HookTime now);
    std::string status();

    const AppConfig &config_;
    const DaemonOptions &options_;
    Endpoints endpoints_;
    HookSender sender_;
    HookCommands commands_;
    std::unique_ptr<HookServer> server_;
    std::optional<SocketFile> file_;
    UniqueFd signals_;
    bool isEnding_ = false;
    std::int64_t writeAt_ = 0; ///< steady; the disk is not asked before
    std::int64_t aliveAt_ = 0;
};

} // namespace pregon
