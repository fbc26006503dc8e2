// SPDX-License-Identifier: MIT

// Messages of a hostile client, one a line, on one connection that shares a presence channel with
// another: no message closes the connection, and all that anybody is sent is well-formed.

#include "shared/json/json_scan.h"
#include "shared/log/log.h"
#include "tests/worker/test_client.h"
#include "worker/clients/client_commands.h"
#include "worker/protocol/pusher_protocol.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;
using namespace pregon::workertest;

namespace {

void checkHeard(TestClient &client) {
    std::string heard = client.heard();
    for (std::size_t end; !heard.empty(); heard.erase(0, end + 1)) {
        end = std::min(heard.find('\n'), heard.size());
        if (!validateJson(std::string_view(heard).substr(0, end)))
            std::abort();
    }
}

/// Whoever signs is careless: the signature of any subscription is right.
std::string withSignature(std::string text, const std::string &socketId) {
    const auto message = PusherProtocol::parseClientMessage(text);
    if (!message)
        return text;
    const auto request = PusherProtocol::parseSubscribeRequest(message->data);
    if (!request)
        return text;
    std::string toSign = socketId + ":" + request->channel;
    toSign += request->channelData.empty() ? "" : ":" + request->channelData;
    std::string signedText = R"({"event":"pusher:subscribe","data":{"channel":)";
    appendJsonString(signedText, request->channel);
    signedText += R"(,"channel_data":)";
    appendJsonString(signedText, request->channelData);
    return signedText + R"(,"auth":")" + kKey + ":" + HmacSigner(kSecret).sign(toSign) + "\"}}";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    setLogLevel(static_cast<LogLevel>(0));
    TestWorld world;
    TestClient witness(world, "1.1"), client(world, "2.2");
    witness.join("presence-a", {"1", ""});
    const ClientCommands commands(5, world.clock);
    std::string_view rest(reinterpret_cast<const char *>(data), size);
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string line(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        commands.handle(client, line);
        commands.handle(client, withSignature(line, client.socketId()));
        if (client.closing() && client.closing()->code != 4100) // 4100: it was told too much
            std::abort();
        checkHeard(witness);
        if (!client.closing())
            checkHeard(client);
    }
    return 0;
}
