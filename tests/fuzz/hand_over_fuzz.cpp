// What one worker tells another that takes its place. Peers are processes of our own, of another
// release perhaps; whatever they say must at most be refused.

#include "shared/fields.h"
#include "tests/worker/test_client.h"
#include "worker/app_state.h"
#include "worker/client_state.h"
#include "worker/hand_over.h"

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
    if (size == 0)
        return 0;
    FieldReader fields({reinterpret_cast<const char *>(data + 1), size - 1});
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
