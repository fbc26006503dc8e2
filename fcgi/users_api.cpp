#include "fcgi/users_api.h"

#include "shared/channel_rules.h"
#include "shared/json_scan.h"

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
