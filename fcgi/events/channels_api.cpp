// SPDX-License-Identifier: MIT
#include "fcgi/events/channels_api.h"

#include "fcgi/events/channel_query.h"
#include "fcgi/events/request_auth.h"
#include "shared/protocol/channel_rules.h"

namespace pregon {

Result<std::string> ChannelsApi::list(std::string_view query, const App &app) {
    const QueryParameters parameters = readQueryParameters(query);
    return worker_.channels({app.id, channelAttributes(parameterOf(parameters, "info")),
                             std::string(parameterOf(parameters, "filter_by_prefix"))});
}

Result<std::string> ChannelsApi::describe(const std::string &channel, std::string_view query,
                                          const App &app) {
    if (const auto valid = checkChannelName(channel); !valid)
        return tl::unexpected<Error>(valid.error());
    const QueryParameters parameters = readQueryParameters(query);
    const std::uint32_t asked = channelAttributes(parameterOf(parameters, "info"));
    const auto objects = askChannelInfo(worker_, {app.id, asked | kOccupied, {channel}});
    if (!objects)
        return tl::unexpected<Error>(objects.error());
    return objects->front();
}

Result<std::string> ChannelsApi::users(const std::string &channel, const App &app) {
    if (const auto valid = checkChannelName(channel); !valid)
        return tl::unexpected<Error>(valid.error());
    if (!ChannelRules::isPresence(channel))
        return failure(Errc::BadRequest, "The channel must be a presence channel.");
    return worker_.users({app.id, channel});
}

Result<std::string> ChannelsApi::connections(const App &app) {
    return worker_.connections({app.id, {}});
}

} // namespace pregon
