#pragma once

#include "shared/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The fields that each IpcType carries. `encode` gives the payload of an IpcFrame; `decode`
/// consumes a payload exactly: BadRequest on anything missing, left over or out of range.

/// An event for the subscribers of one or more channels of one application.
struct PublishMessage {
    std::string appId;
    std::string exceptSocketId; ///< this connection is skipped; empty: nobody is
    std::string eventJson;      ///< the event's name as a JSON string, with its quotes
    std::string dataJson;       ///< the data as a JSON string, with its quotes, passed on verbatim
    std::vector<std::string> channels;

    std::string encode() const;
    static Result<PublishMessage> decode(std::string_view payload);
};

/// The answer to every request.
struct ReplyMessage {
    std::optional<Errc> error; ///< nullopt: done
    std::string text;          ///< a JSON object where the request asks for one, else the reason

    std::string encode() const;
    static Result<ReplyMessage> decode(std::string_view payload);
};

} // namespace pregon
