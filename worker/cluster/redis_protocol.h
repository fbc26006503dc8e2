// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace pregon {

/// One answer of Redis.
struct RedisReply {
    enum class Kind { Text, Number, List, Nothing, Error };

    Kind kind = Kind::Nothing;
    std::string text; ///< of Text and Error; Text is UTF-8, or empty if Redis had other bytes
    std::int64_t number = 0;
    std::vector<RedisReply> list;

    bool isError() const { return kind == Kind::Error; }
    bool isText() const { return kind == Kind::Text; }
    /// The element, or Nothing where the list is shorter or this is no list.
    const RedisReply &at(std::size_t index) const;
    /// A number, also one that came as text; 0 else.
    std::int64_t asNumber() const;

    static RedisReply error(std::string text) { return {Kind::Error, std::move(text), 0, {}}; }
};

/// Bytes of Redis' protocol (RESP 2) to answers. redis_protocol.cpp is the only file that includes
/// hiredis.
class RedisDecoder {
  public:
    RedisDecoder();
    void append(std::string_view bytes);
    /// The next whole answer; nullopt while bytes are missing. BadRequest: the peer does not speak
    /// the protocol, close it.
    Result<std::optional<RedisReply>> next();
    /// Nothing has come of an answer that is not whole.
    bool isEmpty() const;

  private:
    struct Free {
        void operator()(redisReader *reader) const;
    };
    std::unique_ptr<redisReader, Free> reader_;
};

/// A command and its arguments as Redis takes them. Any bytes.
std::string encodeRedisCommand(const std::vector<std::string> &arguments);

} // namespace pregon
