// SPDX-License-Identifier: MIT
#include "fcgi/events/users_api.h"

#include "shared/json/json_scan.h"
#include "shared/protocol/channel_rules.h"

namespace pregon {

Result<std::string> UsersApi::terminate(const std::string &userId, const App &app) {
    if (userId.empty() || !isValidUtf8(userId) ||
        countCodePoints(userId) > ChannelRules::kMaxUserId)
        return failure(Errc::BadRequest, "A user id has 1 to 128 characters.");
    if (const auto done = worker_.terminate({app.id, userId}); !done)
        return tl::unexpected<Error>(done.error());
    return "{}";
}

} // namespace pregon
