// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/neighbours.h"

namespace pregon {

/// This worker is the only one: what is known here is all there is to know.
class Alone final : public Neighbours {
  public:
    void joined(const Joining &joining) override;
    void memberLeft(Connection &connection, Channel &channel, const std::string &userId) override;
    void left(Connection &connection, const std::string &channel, bool isLast) override;
    bool isEveryMemberHere() const override { return true; }
    void signedIn(const SigningIn &signingIn) override;
    void signedOut(Connection &connection, const SignedInUser &user, bool isLast) override;
    std::size_t publish(Application &application, const std::string &channel,
                        const Publication &publication) override;
    void clientEvent(Connection &sender, const std::string &channel,
                     const std::string &text) override;
    void terminated(Application &, const std::string &) override {}
};

} // namespace pregon
