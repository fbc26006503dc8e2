// SPDX-License-Identifier: MIT

// A peer's bytes behind the handshake, cut where the input says; its second byte says whose. Beside
// it a second decoder, which is replaced by another one at each cut, must find the same.

#include "shared/protocol/ws_decoder.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

class Sink final : public pregon::WsHandler {
  public:
    void onMessage(std::string_view payload, bool isBinary) override {
        add(isBinary ? 'b' : 't', payload);
    }
    void onPing(std::string_view payload) override { add('i', payload); }
    void onPong() override { add('o', ""); }
    void onClose(std::uint16_t code, std::string_view reason) override {
        add('c', std::to_string(code));
        add('r', reason);
        isClosed = true;
    }
    std::string found;
    bool isClosed = false;

  private:
    void add(char what, std::string_view payload) { (found += what).append(payload) += '\n'; }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 2)
        return 0;
    const std::size_t step = data[0] + 1u;
    std::string bytes(reinterpret_cast<const char *>(data + 2), size - 2);
    const auto sender = (data[1] & 1) != 0 ? pregon::WsSender::Server : pregon::WsSender::Client;
    pregon::WsDecoder decoder(sender), heir(sender);
    Sink sink, heirs;
    for (std::size_t at = 0; at < bytes.size() && !sink.isClosed; at += step) {
        std::string part = bytes.substr(at, step), same = part;
        pregon::WsDecoder next(sender);
        std::string unfinished = heir.unfinished();
        if (next.feed(unfinished, 1000, heirs))
            std::abort();
        heir = std::move(next);
        const bool fails = decoder.feed(part, 1000, sink).has_value();
        if (heir.feed(same, 1000, heirs).has_value() != fails || sink.found != heirs.found)
            std::abort();
        if (fails)
            return 0;
    }
    return 0;
}
