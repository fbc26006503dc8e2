// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/counting_client.h"

namespace pregon::bench {

/// One HTTP/1.1 connection, one request at a time; kept as long as the server keeps it. Whatever is
/// not a 2xx with a Content-Length ends the run.
class HttpConnection {
  public:
    explicit HttpConnection(ListenAddress address) : address_(std::move(address)) {}

    void post(const std::string &target, const std::string &type, const std::string &body);

  private:
    void awaitAnswer();

    ListenAddress address_;
    UniqueFd fd_;
    std::string received_;
};

} // namespace pregon::bench
