// SPDX-License-Identifier: MIT
#include "shared/protocol/channel_rules.h"

#include "shared/ascii.h"

#include <algorithm>

namespace pregon::ChannelRules {
namespace {

constexpr std::string_view kUserChannel = "#server-to-user-";

bool isNameCharacter(char c) {
    return isWordCharacter(c) || std::string_view("-=@,.;").find(c) != std::string_view::npos;
}

bool isDigits(std::string_view text) {
    constexpr std::size_t kMaxDigits = 20;
    return !text.empty() && text.size() <= kMaxDigits &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool isValidName(std::string_view channel) {
    return !channel.empty() && channel.size() <= kMaxChannelName &&
           std::all_of(channel.begin(), channel.end(), isNameCharacter);
}

bool isValidTarget(std::string_view channel) {
    return channel.starts_with(kUserChannel) ? isValidUserId(serverToUser(channel))
                                             : isValidName(channel);
}

bool needsAuth(std::string_view channel) {
    return channel.starts_with("private-") || isPresence(channel);
}

bool isPresence(std::string_view channel) {
    return channel.starts_with("presence-");
}

bool isEncrypted(std::string_view channel) {
    return channel.starts_with("private-encrypted-");
}

bool isCache(std::string_view channel) {
    for (std::string_view prefix :
         {"cache-", "private-cache-", "presence-cache-", "private-encrypted-cache-"})
        if (channel.starts_with(prefix))
            return true;
    return false;
}

std::string_view serverToUser(std::string_view channel) {
    return channel.starts_with(kUserChannel) ? channel.substr(kUserChannel.size())
                                             : std::string_view();
}

bool isValidUserId(std::string_view userId) {
    return userId.size() <= kMaxUserId && isValidName(userId);
}

std::string_view withoutPrefix(std::string_view channel) {
    for (std::string_view prefix : {"private-encrypted-", "private-", "presence-"})
        if (channel.starts_with(prefix))
            return channel.substr(prefix.size());
    return channel;
}

bool isValidSocketId(std::string_view socketId) {
    const std::size_t dot = socketId.find('.');
    return dot != std::string_view::npos && isDigits(socketId.substr(0, dot)) &&
           isDigits(socketId.substr(dot + 1));
}

bool isReservedEvent(std::string_view event) {
    return event.starts_with("pusher:") || event.starts_with("pusher_internal:") ||
           event.starts_with("pregon:");
}

} // namespace pregon::ChannelRules
