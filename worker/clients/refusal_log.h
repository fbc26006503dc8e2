// SPDX-License-Identifier: MIT
#pragma once

#include "shared/log/log.h"
#include "worker/clients/connect_request.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace pregon {

/// The log of clients that are refused when they connect. A thousand of them a second must not
/// fill a disk: of each reason the first one in a second has a line of its own, and the others of
/// that second share one, which tells how many they were and where the last came from.
class RefusalLog {
  public:
    using Write = std::function<void(std::initializer_list<LogField>)>;

    /// Writes to the log, as `ws refused`, unless told where else.
    RefusalLog();
    explicit RefusalLog(Write write) : write_(std::move(write)) {}

    void refused(const ConnectRequest &request, const PusherProtocol::CodeText &why);
    /// One second has passed.
    void tick();

  private:
    struct Others {
        PusherProtocol::Code code;
        std::uint64_t count = 0;
        std::string lastAddress;
    };

    Write write_;
    std::map<std::string_view, Others> ofThisSecond_; ///< by reason, which is a constant
};

/// Why the connection of that client counts as one without TLS, for the log: which header of which
/// proxy is missing or not believed.
std::string whyNotSecure(const ConnectRequest &request);

} // namespace pregon
