#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pregon {

/// Why and how a connection ends: the code and reason of the Close frame.
struct CloseReason {
    std::uint16_t code = 0;
    std::string text;
};

/// A whole WebSocket frame as the server sends it (RFC 6455 §5.2, unmasked), header included. Built
/// once per event; every subscriber's queue refers to the same bytes.
using Frame = std::shared_ptr<const std::string>;

Frame textFrame(std::string_view payload);
/// A Ping without payload.
Frame pingFrame();
/// The answer to a Ping: its payload, at most 125 bytes.
Frame pongFrame(std::string_view payload);
/// A Close with that code (1005: without one); of the reason at most the 123 bytes that a control
/// frame has room for.
Frame closeFrame(std::uint16_t code, std::string_view reason);
/// The same frame as a client sends it: masked with a random key (RFC 6455 §5.3).
std::string maskedFrame(const Frame &frame);

} // namespace pregon
