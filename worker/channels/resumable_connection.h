// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"
#include "worker/recovery/resumable_client.h"

#include <string>
#include <vector>

namespace pregon {

/// A connection that has come with a resume token, for Recovery. Belongs to the connection.
class ResumableConnection final : public ResumableClient {
  public:
    /// Borrows the connection.
    explicit ResumableConnection(Connection &connection)
        : ResumableClient(connection.socketId()), connection_(connection) {}

    void send(const Frame &frame) override;
    bool hasRoomFor(std::size_t bytes) const override;
    /// By 4100: should its page be there all the same, it comes back after a second.
    void closeForSuccessor() override;
    std::vector<std::string> channels() const override;

  private:
    Connection &connection_;
};

} // namespace pregon
