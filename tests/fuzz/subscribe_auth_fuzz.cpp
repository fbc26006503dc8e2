// SPDX-License-Identifier: MIT

// A signature, a channel and what is signed with it, each a line, against an application whose
// secret nobody knows: only the one right signature is accepted, and it is good for nothing else.

#include "shared/log/log.h"
#include "shared/protocol/channel_rules.h"
#include "tests/worker/test_client.h"
#include "worker/protocol/subscription_auth.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;
using namespace pregon::workertest;

namespace {

constexpr const char *kSocket = "1234.5678";

void require(bool condition) {
    if (!condition)
        std::abort();
}

std::string_view takeLine(std::string_view &rest) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

std::string authOf(const std::string &text) {
    return std::string(kKey) + ":" + HmacSigner(kSecret).sign(text);
}

std::string subscriptionText(std::string_view channel, std::string_view data) {
    return std::string(kSocket) + ":" + std::string(channel) +
           (data.empty() ? "" : ":" + std::string(data));
}

bool maySubscribe(const std::string &auth, std::string_view channel, std::string_view data) {
    const PusherProtocol::SubscribeRequest request{std::string(channel), auth, std::string(data)};
    return authorizeSubscription(request, kSocket, kKey, HmacSigner(kSecret)).has_value();
}

void checkSubscription(const std::string &auth, std::string_view channel, std::string_view data) {
    const std::string right = authOf(subscriptionText(channel, data));
    require(maySubscribe(right, channel, data));
    if (!ChannelRules::needsAuth(channel))
        return;
    require(maySubscribe(auth, channel, data) == (auth == right));
    require(!maySubscribe(right + auth, channel, data) || auth.empty());
    if (!ChannelRules::isValidName(channel)) // refused before its signature is looked at
        return;
    for (const char *other : {"private-other", "presence-a", "private-a"})
        require(channel == other || !maySubscribe(right, other, data));
    require(!maySubscribe(right, channel, std::string(data) + " "));
    require(data.empty() || !maySubscribe(right, channel, ""));
}

void checkSignIn(const std::string &auth, std::string_view channel, const std::string &userData) {
    TestWorld world;
    TestClient client(world, kSocket);
    const std::string right = authOf(std::string(kSocket) + "::user::" + userData);
    if (auth != right)
        require(!SignIn::signIn(client, {auth, userData}));
    // A signature that lets join signs nobody in, and the other way round.
    require(!SignIn::signIn(client, {authOf(subscriptionText(channel, userData)), userData}) ||
            !ChannelRules::isValidName(channel));
    if (ChannelRules::isValidName(channel) && ChannelRules::needsAuth(channel))
        require(!maySubscribe(right, channel, userData));
    require(!client.user);
    require(SignIn::signIn(client, {right, userData}).has_value() == (client.user != nullptr));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    setLogLevel(static_cast<LogLevel>(0));
    std::string_view rest(reinterpret_cast<const char *>(data), size);
    const std::string auth(takeLine(rest));
    const std::string channel(takeLine(rest));
    checkSubscription(auth, channel, rest);
    checkSignIn(auth, channel, std::string(rest));
    return 0;
}
