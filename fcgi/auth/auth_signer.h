// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/channels_file.h"
#include "shared/auth/token_store.h"
#include "shared/config/app_config.h"
#include "shared/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The bodies that let a socket join a channel or sign in (spec broadcasting-auth §2): signs
/// whatever it is given, so that names must be checked and the user be allowed before. Pure.
class AuthSigner {
  public:
    /// `masterKey`: base64, of encrypted channels; empty: there is none.
    AuthSigner(const App &app, const std::string &masterKey) : app_(app), masterKey_(masterKey) {}

    /// `{"auth":…}`, with `channel_data` for a presence channel and `shared_secret` for an
    /// encrypted one. Forbidden: the rule names no presence member. Internal: no master key.
    Result<std::string> channel(std::string_view socketId, std::string_view channel,
                                const User &user, const ChannelRule &rule) const;

    /// `{"auth":…,"user_data":…}`. Forbidden: a user with this id cannot sign in.
    Result<std::string> user(std::string_view socketId, const User &user, const SignInRule &rule,
                             const std::vector<std::string> &watchlist) const;

  private:
    std::string sign(const std::string &text) const;

    const App &app_;
    const std::string &masterKey_;
};

} // namespace pregon
