// SPDX-License-Identifier: MIT
#include "worker/cluster/redis_protocol.h"

#include "shared/json/json_scan.h"
#include "shared/log/log.h"

#include <charconv>
#include <hiredis/hiredis.h>

namespace pregon {
namespace {

/// Empty for bytes that are not UTF-8: a browser would close the connection at such a frame. No
/// worker writes them, so another program has.
std::string textOf(std::string_view bytes) {
    if (isValidUtf8(bytes))
        return std::string(bytes);
    log(LogLevel::Warning, "redis text dropped",
        {{"bytes", bytes.size()}, {"reason", "not UTF-8"}});
    return {};
}

RedisReply copyOf(const redisReply &reply) {
    RedisReply copy;
    switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        copy.kind = RedisReply::Kind::Text;
        copy.text = textOf({reply.str, reply.len});
        break;
    case REDIS_REPLY_ERROR:
        copy = RedisReply::error({reply.str, reply.len});
        break;
    case REDIS_REPLY_INTEGER:
        copy.kind = RedisReply::Kind::Number;
        copy.number = reply.integer;
        break;
    case REDIS_REPLY_ARRAY:
        copy.kind = RedisReply::Kind::List;
        copy.list.reserve(reply.elements);
        for (std::size_t i = 0; i < reply.elements; i++)
            copy.list.push_back(copyOf(*reply.element[i]));
        break;
    default:
        break;
    }
    return copy;
}

} // namespace

const RedisReply &RedisReply::at(std::size_t index) const {
    static const RedisReply kNothing;
    return index < list.size() ? list[index] : kNothing;
}

std::int64_t RedisReply::asNumber() const {
    std::int64_t value = number;
    if (isText())
        std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void RedisDecoder::Free::operator()(redisReader *reader) const {
    redisReaderFree(reader);
}

RedisDecoder::RedisDecoder() : reader_(redisReaderCreate()) {}

void RedisDecoder::append(std::string_view bytes) {
    redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

Result<std::optional<RedisReply>> RedisDecoder::next() {
    if (isEmpty()) // else it begins an answer of which there is nothing
        return std::nullopt;
    void *raw = nullptr;
    if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK)
        return failure(Errc::BadRequest, "not the protocol of Redis");
    if (raw == nullptr)
        return std::nullopt;
    const std::unique_ptr<void, void (*)(void *)> owner(raw, freeReplyObject);
    return copyOf(*static_cast<redisReply *>(raw));
}

bool RedisDecoder::isEmpty() const {
    return reader_->ridx < 0 && reader_->pos == reader_->len;
}

std::string encodeRedisCommand(const std::vector<std::string> &arguments) {
    std::vector<const char *> texts;
    std::vector<std::size_t> sizes;
    for (const std::string &argument : arguments) {
        texts.push_back(argument.data());
        sizes.push_back(argument.size());
    }
    char *bytes = nullptr;
    const auto size =
        redisFormatCommandArgv(&bytes, static_cast<int>(texts.size()), texts.data(), sizes.data());
    std::string encoded(bytes, static_cast<std::size_t>(size));
    redisFreeCommand(bytes);
    return encoded;
}

} // namespace pregon
