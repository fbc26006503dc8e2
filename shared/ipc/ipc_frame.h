// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// The version of the frames, which both ends must have in common. While a package is upgraded, and
/// until every program has been restarted, programs of two releases talk to each other, in either
/// direction. So a release does not raise it, but
///
/// - adds fields to a message with `fields.appended` (shared/fields.h): an older reader ignores
///   them, and a newer one takes the defaults for those that an older writer did not send;
/// - adds a type: an older end closes the connection at it, and the other sees Unavailable;
/// - answers a type for one release more that its own programs do not send any longer.
///
/// Nothing else may change: no type and no Errc gets another number, and no field is removed, moved
/// or given another type. A message that must change otherwise is a new type.
/// tests/shared/ipc/ipc_recording_test.cpp decodes a recorded frame of every type.
inline constexpr std::uint8_t kIpcVersion = 2;

/// What a frame carries.
enum class IpcType : std::uint8_t {
    Publish = 1,     ///< PublishMessage, answered by Reply
    Status = 2,      ///< no payload, answered by Reply with a JSON object
    Reply = 3,       ///< ReplyMessage; carries the request id of what it answers
    Channels = 4,    ///< ChannelsQuery, answered by Reply with {"channels":{…}}
    ChannelInfo = 5, ///< ChannelInfoQuery, answered by Reply with a JSON array of objects
    Users = 6,       ///< AppQuery about a channel, answered by Reply with {"users":[…]}
    Terminate = 7,   ///< AppQuery about a user id, answered by Reply with {}
    Connections = 8, ///< AppQuery, answered by Reply with {"connections":n}
    Drain = 9,       ///< no payload; Reply {"connections":n,"seconds":n} once the drain has begun
    Tail = 10,       ///< TailRequest, answered by Reply; then TailEvent until the asker hangs up
    TailEvent = 11,  ///< TailEvent, from the worker; carries the request id of its Tail
    ListConnections = 12, ///< ListQuery, answered by Reply with a page {"connections":[…],…}
    ListChannels = 13,    ///< ListQuery, answered by Reply with a page {"channels":[…],…}
    Upgrade = 14, ///< no payload; Reply {"upgrades":n} once the upgrade has begun: Status tells on
    ReplyPart = 15, ///< a part of a payload that one Reply does not hold, ahead of that Reply

    // Over PREGON_WEBHOOK_SOCKET, to pregon-webhookd.
    HookEvents = 32, ///< HookBatch, answered by Reply once it is on disk
    HookList = 33,   ///< AppQuery, answered by Reply with {"endpoints":[…]}
    HookTest = 34, ///< AppQuery, answered by Reply with {"endpoints":[…]} once all have answered
    HookResend = 35, ///< AppQuery, answered by Reply with {"endpoints":n,"waiting":n}
};

/// One message on the Unix-domain socket between pregon-fcgi, pregonctl and pregon-worker.
struct IpcFrame {
    IpcType type = IpcType::Reply;
    std::uint32_t requestId = 0; ///< chosen by the asking side, repeated in the Reply
    std::string payload;
};

/// Payloads above this are refused on both sides.
inline constexpr std::size_t kMaxIpcPayload = 4 << 20;

/// Bytes on the wire: payload length (32 bit little endian), version, type, two zero bytes,
/// request id (32 bit little endian), payload.
std::string encodeIpcFrame(const IpcFrame &frame);

/// The payload of a Reply, of whatever length: what one frame does not hold goes ahead of the Reply
/// as ReplyParts with the same request id.
std::string encodeIpcReply(std::uint32_t requestId, std::string_view payload);

/// Turns a byte stream into frames, however it was cut. Knows no socket.
class IpcFrameDecoder {
  public:
    void append(std::string_view bytes) { buffer_.append(bytes); }
    /// The next whole frame; nullopt while bytes are still missing. TooLarge or BadRequest on a
    /// malformed header: close the peer, the stream cannot be resynchronised.
    Result<std::optional<IpcFrame>> next();
    /// What has come of a frame that is not whole.
    std::string_view rest() const { return std::string_view(buffer_).substr(start_); }

  private:
    std::string buffer_;
    std::size_t start_ = 0; ///< where the next frame begins in buffer_
};

} // namespace pregon
