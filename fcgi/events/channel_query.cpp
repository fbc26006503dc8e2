// SPDX-License-Identifier: MIT
#include "fcgi/events/channel_query.h"

#include "shared/ascii.h"
#include "shared/json/json_scan.h"
#include "shared/protocol/channel_rules.h"

#include <algorithm>

namespace pregon {
namespace {

struct NamedAttribute {
    std::string_view name;
    ChannelAttribute bit;
};

constexpr NamedAttribute kAttributes[] = {
    {"user_count", kUserCount},
    {"subscription_count", kSubscriptionCount},
    {"cache", kCache},
    {"occupied", kOccupied},
};

} // namespace

Result<Done> checkChannelName(std::string_view channel) {
    if (!ChannelRules::isValidTarget(channel))
        return failure(Errc::BadRequest,
                       "Invalid channel name [" +
                           std::string(channel.substr(0, ChannelRules::kMaxChannelName)) + "].");
    return Done{};
}

std::uint32_t channelAttributes(std::string_view list) {
    std::uint32_t bits = 0;
    while (!list.empty()) {
        const std::string_view piece = list.substr(0, list.find(','));
        for (const auto &[name, bit] : kAttributes)
            if (name == trimLine(piece))
                bits |= bit;
        list.remove_prefix(std::min(piece.size() + 1, list.size()));
    }
    return bits;
}

Result<std::vector<std::string>> askChannelInfo(WorkerClient &worker,
                                                const ChannelInfoQuery &query) {
    const auto answer = worker.channelInfo(query);
    if (!answer)
        return tl::unexpected<Error>(answer.error());
    std::vector<std::string> objects;
    const auto scanned = scanJsonArray(*answer, [&](JsonSlice element) {
        if (element.isObject())
            objects.emplace_back(element.raw);
        return element.isObject();
    });
    if (!scanned || objects.size() != query.channels.size())
        return failure(Errc::Unavailable, "unexpected channel info from the worker");
    return objects;
}

} // namespace pregon
