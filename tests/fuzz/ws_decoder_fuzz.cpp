// A peer's bytes behind the handshake, cut where the input says; its second byte says whose.

#include "shared/ws_decoder.h"

#include <cstdint>
#include <string>

namespace {

class Sink final : public pregon::WsHandler {
  public:
    void onMessage(std::string_view payload, bool) override { size += payload.size(); }
    void onPing(std::string_view payload) override { size += payload.size(); }
    void onPong() override {}
    void onClose(std::uint16_t, std::string_view reason) override { size += reason.size(); }
    std::size_t size = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 2)
        return 0;
    const std::size_t step = data[0] + 1u;
    std::string bytes(reinterpret_cast<const char *>(data + 2), size - 2);
    pregon::WsDecoder decoder((data[1] & 1) != 0 ? pregon::WsSender::Server
                                                 : pregon::WsSender::Client);
    Sink sink;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        const std::size_t count = std::min(step, bytes.size() - at);
        if (decoder.feed({bytes.data() + at, count}, 1000, sink))
            return 0;
    }
    return 0;
}
