// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pregon {

/// What WsDecoder hands out. The payloads are borrowed for the call.
class WsHandler {
  public:
    virtual ~WsHandler() = default;
    /// A whole message; text has been checked to be UTF-8.
    virtual void onMessage(std::string_view payload, bool isBinary) = 0;
    virtual void onPing(std::string_view payload) = 0;
    virtual void onPong() = 0;
    /// The peer's Close; code 1005 if it gave none. Nothing follows.
    virtual void onClose(std::uint16_t code, std::string_view reason) = 0;
};

/// Whose bytes are decoded: a client's frames are masked, a server's are not (RFC 6455 §5.1).
enum class WsSender : std::uint8_t { Client, Server };

/// Turns a peer's byte stream into WebSocket messages and control frames (RFC 6455), however it
/// was cut. Knows no socket. A message that comes in one piece is handed out where it lies; what
/// comes in pieces is collected, at most `maxMessage` bytes. Holds no memory between messages.
class WsDecoder {
  public:
    WsDecoder() = default;
    explicit WsDecoder(WsSender sender) : sender_(sender) {}

    /// Decodes all of `bytes`, which are unmasked in place. The code and reason of the Close frame
    /// to answer with if the peer broke the protocol: 1002 for framing (wrong masking, reserved
    /// bits or opcodes, malformed control frames or Close codes), 1007 for text that is not UTF-8,
    /// in the piece in which that shows, 1009 for a message announced to be larger than
    /// `maxMessage`, as soon as its header says so. The stream must not be fed any more then, nor
    /// after onClose.
    std::optional<CloseReason> feed(std::span<char> bytes, std::size_t maxMessage,
                                    WsHandler &handler);

    /// What has come of a message and of a frame that are not whole: fed with these bytes a fresh
    /// decoder stands where this one does. Empty between messages.
    std::string unfinished() const;
    /// Bytes of memory that it takes besides its own size: 0 while nothing has come in pieces.
    std::size_t memory() const {
        return pieces_ == nullptr
                   ? 0
                   : sizeof(Pieces) + pieces_->message.capacity() + pieces_->control.capacity();
    }

  private:
    using Failure = std::optional<CloseReason>;
    struct Pieces {
        std::string message;     ///< the fragments so far
        std::string control;     ///< a control frame's payload so far
        std::size_t checked = 0; ///< bytes of `message` that are whole characters, where it is text
    };

    bool takeHeader(std::span<char> &bytes);
    std::size_t headerLength() const;
    Failure beginFrame(std::size_t maxMessage);
    Failure checkFrame() const;
    Failure takePayload(std::span<char> &bytes, WsHandler &handler);
    Failure endFrame(std::string_view payload, WsHandler &handler);
    Failure endControl(std::string_view payload, WsHandler &handler);
    Failure endClose(std::string_view payload, WsHandler &handler);
    Failure endMessage(std::string_view message, WsHandler &handler);
    std::size_t messageSize() const { return pieces_ != nullptr ? pieces_->message.size() : 0; }
    bool hasCollected() const;
    std::string_view collect(std::string_view part);
    Failure checkCollected();
    void forget(std::string Pieces::*one);
    bool isMasked() const { return (header_[1] & 0x80) != 0; }
    bool isMaskedRight() const { return isMasked() == (sender_ == WsSender::Client); }
    bool isControl() const { return (opcode() & 8) != 0; }
    bool isFinal() const { return (header_[0] & 0x80) != 0; }
    unsigned opcode() const { return header_[0] & 15; }

    std::array<unsigned char, 14> header_{}; ///< of the frame that is being received
    std::uint8_t headerSize_ = 0;            ///< bytes of it that have come
    WsSender sender_ = WsSender::Client;
    bool inPayload_ = false;
    bool isEnded_ = false;
    std::uint8_t messageOpcode_ = 0; ///< of the message under way; 0: none
    std::uint64_t frameLength_ = 0;
    std::uint64_t taken_ = 0;        ///< of the frame's payload
    std::unique_ptr<Pieces> pieces_; ///< null: nothing has come in pieces
};

} // namespace pregon
