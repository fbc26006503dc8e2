// SPDX-License-Identifier: MIT

// A channel name, and behind a line of its own the pattern of a rule: the predicates agree with
// each other, a connection joins exactly what is valid, and a match can be written back.

#include "shared/auth/channel_authorizer.h"
#include "shared/json/json_scan.h"
#include "shared/log/log.h"
#include "shared/protocol/channel_rules.h"
#include "tests/worker/test_client.h"
#include "worker/clients/client_commands.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;
using namespace pregon::workertest;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

void checkKinds(std::string_view name) {
    using namespace ChannelRules;
    require(!isPresence(name) || needsAuth(name));
    require(!isEncrypted(name) || (needsAuth(name) && !isPresence(name)));
    require(name.ends_with(withoutPrefix(name)));
    require((withoutPrefix(name).size() < name.size()) == needsAuth(name));
    require(!isValidName(name) || (isValidTarget(name) && serverToUser(name).empty()));
    if (!isValidTarget(name))
        return;
    require(isValidName(name) || isValidUserId(serverToUser(name)));
    // Names go into JSON, logs and signed texts as they are.
    std::string written;
    appendJsonString(written, name);
    require(written == "\"" + std::string(name) + "\"" && name.find(':') == name.npos);
}

void checkSubscribe(const std::string &name) {
    TestWorld world;
    TestClient client(world);
    const ClientCommands commands(5, world.clock);
    std::string signedText = client.socketId() + ":" + name + R"(:{"user_id":"7"})";
    std::string text = R"({"event":"pusher:subscribe","data":{"channel":)";
    appendJsonString(text, name);
    text += R"(,"channel_data":"{\"user_id\":\"7\"}","auth":")" + std::string(kKey) + ":" +
            HmacSigner(kSecret).sign(signedText) + "\"}}";
    commands.handle(client, text);
    require(world.example().channels().isSubscribed(client, name) ==
            ChannelRules::isValidName(name));
    require(!client.closing());
}

void checkMatch(std::string_view pattern, std::string_view name) {
    std::string rules = R"([{"channel":)";
    appendJsonString(rules, pattern);
    if (!ChannelAuthorizer::parse(rules + R"(,"allow":{}}])")) // else it never gets to a match
        return;
    const auto parameters = matchChannel(pattern, name);
    if (!parameters)
        return;
    std::string back(pattern);
    for (const auto &[parameter, value] : *parameters) {
        require(!value.empty() && value.find('.') == value.npos);
        const std::string placeholder = "{" + parameter + "}";
        const std::size_t at = back.find(placeholder);
        require(at != back.npos);
        back.replace(at, placeholder.size(), value);
    }
    require(back == name);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    setLogLevel(static_cast<LogLevel>(0));
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view name = text.substr(0, end);
    checkKinds(name);
    (void)ChannelRules::isValidSocketId(name);
    if (isValidUtf8(name))
        checkSubscribe(std::string(name));
    // Names are checked before rules are asked.
    if (ChannelRules::isValidName(name))
        checkMatch(text.substr(std::min(end + 1, text.size())), name);
    return 0;
}
