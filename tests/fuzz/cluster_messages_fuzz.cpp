// SPDX-License-Identifier: MIT

// Any topic and any message from Redis: whoever may write there can send them. Nothing is harmed,
// and what is read as a message says the same when it is written again.

#include "shared/log/log.h"
#include "tests/worker/cluster/held_link.h"
#include "tests/worker/test_client.h"
#include "worker/cluster/cluster.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;
using namespace pregon::workertest;

namespace {

void checkRoundTrips(std::string_view payload) {
    if (const auto terminate = Wire::parseTerminate(payload);
        terminate && Wire::textOf(*terminate) != payload)
        std::abort();
    const auto event = Wire::parseEvent(payload);
    if (!event)
        return;
    const auto again = Wire::parseEvent(
        Wire::headOf(*event) +
        (event->kind == Wire::Kind::CachedEvent ? std::to_string(event->version) + "\n" : "") +
        event->body);
    if (!again || again->origin != event->origin || again->sequence != event->sequence ||
        again->exceptSocketId != event->exceptSocketId || again->version != event->version ||
        again->body != event->body)
        std::abort();
}

} // namespace

/// Lines of `TOPIC`, each with a message behind it up to the next byte 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    setLogLevel(static_cast<LogLevel>(0));
    std::string_view rest(reinterpret_cast<const char *>(data), size);
    TestWorld world;
    HeldLink link;
    WorkerFigures figures;
    Cluster cluster(link, world.applications, figures, world.clock);
    world.applications.joinNeighbours(cluster);
    TestClient client(world);
    link.up = true;
    cluster.linkIsUp();
    client.join("a");
    client.join("cache-a");
    client.join("presence-a", {"7", ""});
    for (const char *topic : {"e:417702:a", "e:417702:cache-a", "e:417702:presence-a"})
        cluster.subscribed(topic);
    while (!rest.empty()) {
        const std::string topic(Wire::takeWord(rest, '\n'));
        const std::string_view payload = Wire::takeWord(rest, '\0');
        checkRoundTrips(payload);
        cluster.message(topic, payload);
    }
    cluster.flush();
    return 0;
}
