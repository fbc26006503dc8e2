// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

namespace pregon {

/// Users, tokens and devices of the store. In PostgreSQL and MariaDB the tables are the
/// application's, which has its own ways to fill them: there the lists work, and `token revoke`,
/// since a token that has leaked cannot wait; the others refuse.
Outcome listUsers(const CommandOptions &options, std::ostream &out);
Outcome addUser(const CommandOptions &options, std::ostream &out);
Outcome revokeUser(const CommandOptions &options, std::ostream &out);
Outcome listTokens(const CommandOptions &options, std::ostream &out);
Outcome addToken(const CommandOptions &options, std::ostream &out);
Outcome revokeToken(const CommandOptions &options, std::ostream &out);
Outcome listDevices(const CommandOptions &options, std::ostream &out);
Outcome addDevice(const CommandOptions &options, std::ostream &out);
Outcome revokeDevice(const CommandOptions &options, std::ostream &out);

} // namespace pregon
