// SPDX-License-Identifier: MIT

// What one worker saves for another that takes its place, in every version that is loaded. The
// other is a process of our own, of another release perhaps; whatever it says must at most be
// refused.

#include "shared/fields.h"
#include "tests/worker/test_client.h"
#include "worker/channels/app_state.h"
#include "worker/clients/client_state.h"
#include "worker/handover/hand_over.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

using namespace pregon;

namespace {

template <class State>
bool read(FieldReader &fields, State &state) {
    fields(state);
    return fields.hasMore() || fields.isConsumedExactly();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 2)
        return 0;
    const std::string_view payload(reinterpret_cast<const char *>(data + 2), size - 2);
    constexpr std::uint32_t kVersions = kHandOverVersion - kOldestHandOverVersion + 1;
    FieldReader fields(payload, {.version = kOldestHandOverVersion + data[1] % kVersions});
    static_cast<void>(HandOverOffer::decode(payload));
    WorkerState worker;
    PeerState peer;
    if (data[0] <= 1)
        return static_cast<void>(data[0] == 0 ? read(fields, worker) : read(fields, peer)), 0;
    if (data[0] == 2) {
        ClusterState cluster;
        read(fields, cluster);
        return 0;
    }

    workertest::TestWorld world;
    world.applications.recovery().begin(world.clock, {.isOn = true});
    std::vector<std::unique_ptr<workertest::TestClient>> clients;
    ClientState client;
    const std::vector<Frame> frames{textFrame("a"), textFrame("b")};
    while (clients.size() < data[0] && fields.hasMore() && read(fields, client)) {
        clients.push_back(
            std::make_unique<workertest::TestClient>(world, std::to_string(clients.size())));
        restoreConnection(*clients.back(), client, frames);
    }
    AppState app;
    if (fields.hasMore() && read(fields, app))
        restoreApp(app, world.example(), world.applications, 0);
    return 0;
}
