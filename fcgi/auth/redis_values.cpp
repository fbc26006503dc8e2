// SPDX-License-Identifier: MIT
#include "fcgi/auth/redis_values.h"

#include "shared/store/socket_deadline.h"

#include <algorithm>
#include <cstdlib>
#include <hiredis/hiredis.h>
#include <netdb.h>
#include <sys/time.h>

namespace pregon {
namespace {

constexpr std::size_t kMaxIdle = 64;

tl::unexpected<Error> away(const std::string &reason) {
    return failure(Errc::Unavailable, "Redis of the sessions: " + reason);
}

/// Addresses are looked for once: no resolver keeps a request's deadline.
std::string numericAddress(const RedisAddress &address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0)
        return {};
    char text[NI_MAXHOST] = "";
    ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    ::freeaddrinfo(found);
    return text;
}

timeval left(RedisValues::Time until) {
    const auto rest = std::max(std::chrono::duration_cast<std::chrono::microseconds>(
                                   until - std::chrono::steady_clock::now()),
                               std::chrono::microseconds(1));
    return {static_cast<time_t>(rest.count() / 1'000'000),
            static_cast<suseconds_t>(rest.count() % 1'000'000)};
}

void append(redisContext *context, const std::vector<std::string> &words) {
    std::vector<const char *> texts;
    std::vector<std::size_t> sizes;
    for (const std::string &word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    ::redisAppendCommandArgv(context, static_cast<int>(texts.size()), texts.data(), sizes.data());
}

struct FreeReply {
    void operator()(redisReply *reply) const { ::freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// The next answer. Unavailable: none came, or it is an error; Redis' own texts name no value.
Result<Reply> nextReply(redisContext *context) {
    void *raw = nullptr;
    if (::redisGetReply(context, &raw) != REDIS_OK)
        return away(context->errstr);
    Reply reply(static_cast<redisReply *>(raw));
    if (reply->type == REDIS_REPLY_ERROR)
        return away(std::string(reply->str, std::min<std::size_t>(reply->len, 200)));
    return reply;
}

} // namespace

void RedisValues::Close::operator()(redisContext *context) const {
    ::redisFree(context);
}

RedisValues::RedisValues(RedisSettings settings)
    : settings_(std::move(settings)),
      address_(settings_.address.isUnix() ? "" : numericAddress(settings_.address)) {}

RedisValues::~RedisValues() = default;

RedisValues::Connection RedisValues::takeIdle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty())
        return nullptr;
    Connection connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void RedisValues::keep(Connection connection) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kMaxIdle)
        idle_.push_back(std::move(connection));
}

Result<RedisValues::Connection> RedisValues::connect(Time until) const {
    const RedisAddress &where = settings_.address;
    if (!where.isUnix() && address_.empty())
        return away(where.host + " had no address when the configuration was read");
    Connection connection(where.isUnix()
                              ? ::redisConnectUnixWithTimeout(where.host.c_str(), left(until))
                              : ::redisConnectWithTimeout(
                                    address_.c_str(),
                                    static_cast<int>(std::strtol(where.port.c_str(), nullptr, 10)),
                                    left(until)));
    if (!connection || connection->err != 0)
        return away(where.text() + ": " + (connection ? connection->errstr : "no memory"));
    const SocketDeadline deadline(connection->fd, until);
    if (!settings_.password.empty())
        append(connection.get(),
               settings_.username.empty()
                   ? std::vector<std::string>{"AUTH", settings_.password}
                   : std::vector<std::string>{"AUTH", settings_.username, settings_.password});
    append(connection.get(), {"SELECT", std::to_string(settings_.database)});
    for (int replies = settings_.password.empty() ? 1 : 2; replies > 0; replies--)
        if (const auto reply = nextReply(connection.get()); !reply)
            return tl::unexpected<Error>(reply.error());
    return connection;
}

Result<std::optional<RedisValues::Value>> RedisValues::ask(Connection &connection,
                                                           const std::string &key, Time until) {
    const SocketDeadline deadline(connection->fd, until);
    append(connection.get(), {"GETRANGE", key, "0", std::to_string(kMaxValue)});
    append(connection.get(), {"TTL", key});
    const auto value = nextReply(connection.get());
    if (!value)
        return tl::unexpected<Error>(value.error());
    const auto seconds = nextReply(connection.get());
    if (!seconds)
        return tl::unexpected<Error>(seconds.error());
    const redisReply &text = **value;
    if (text.type != REDIS_REPLY_STRING || (*seconds)->type != REDIS_REPLY_INTEGER)
        return away("an answer of another type");
    if (text.len > kMaxValue)
        return away("a session of more than " + std::to_string(kMaxValue) + " bytes");
    if (text.len == 0) // as of a key that is not there
        return std::optional<Value>{};
    return Value{{text.str, text.len}, std::max<std::int64_t>((*seconds)->integer, 0)};
}

Result<std::optional<RedisValues::Value>> RedisValues::get(const std::string &key, Time until) {
    until = std::min(until, std::chrono::steady_clock::now() + settings_.timeout);
    Connection connection = takeIdle();
    Result<std::optional<Value>> answer = away("no connection");
    if (connection)
        answer = ask(connection, key, until);
    if (!answer) { // Redis closes what is idle: once more, on a connection of now
        auto fresh = connect(until);
        if (!fresh)
            return tl::unexpected<Error>(fresh.error());
        connection = std::move(*fresh);
        answer = ask(connection, key, until);
    }
    if (answer)
        keep(std::move(connection));
    return answer;
}

} // namespace pregon
