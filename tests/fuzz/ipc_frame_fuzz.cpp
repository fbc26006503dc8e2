// SPDX-License-Identifier: MIT

// Any bytes on the IPC socket: however the stream is cut, the same frames come out; each is
// answered.

#include "shared/ipc/ipc_frame.h"
#include "shared/log/log.h"
#include "tests/worker/test_client.h"
#include "worker/ipc/ipc_commands.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace pregon;
using namespace pregon::workertest;

namespace {

std::vector<IpcFrame> decodeInPieces(std::string_view bytes, std::size_t piece) {
    IpcFrameDecoder decoder;
    std::vector<IpcFrame> frames;
    while (!bytes.empty()) {
        decoder.append(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (;;) {
            const auto frame = decoder.next();
            if (!frame)
                return frames;
            if (!*frame)
                break;
            frames.push_back(**frame);
        }
    }
    return frames;
}

template <class Message>
void checkRoundTrip(const std::string &payload) {
    // What follows the last field is of a later release.
    if (const auto message = Message::decode(payload);
        message && !payload.starts_with(message->encode()))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    setLogLevel(static_cast<LogLevel>(0));
    const std::string_view bytes(reinterpret_cast<const char *>(data), size);
    const auto whole = decodeInPieces(bytes, std::max<std::size_t>(size, 1));
    const auto pieces = decodeInPieces(bytes, 1);
    if (whole.size() != pieces.size())
        std::abort();
    TestWorld world;
    WorkerFigures figures;
    Drain drain(world.applications, figures, world.clock, std::chrono::seconds(10));
    IpcCommands commands(world.applications, figures, world.clock, drain);
    TestClient client(world);
    client.join("a");
    std::vector<std::unique_ptr<Tail>> tails;
    for (std::size_t i = 0; i < whole.size(); i++) {
        if (encodeIpcFrame(whole[i]) != encodeIpcFrame(pieces[i]))
            std::abort();
        if (!ReplyMessage::decode(commands.handle(whole[i]).encode()))
            std::abort();
        checkRoundTrip<PublishMessage>(whole[i].payload);
        (void)ReplyMessage::decode(whole[i].payload);
        checkRoundTrip<TailRequest>(whole[i].payload);
        checkRoundTrip<TailEvent>(whole[i].payload);
        checkRoundTrip<ListQuery>(whole[i].payload);
        if (whole[i].type != IpcType::Tail)
            continue;
        if (auto tail = commands.tail(whole[i], [] {}))
            tails.push_back(std::move(*tail));
    }
    for (const auto &tail : tails)
        if (!tail->take().empty() && tail->hasQueued())
            std::abort();
    return 0;
}
