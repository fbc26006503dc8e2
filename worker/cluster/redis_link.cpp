// SPDX-License-Identifier: MIT
#include "worker/cluster/redis_link.h"

#include "shared/log/log.h"
#include "shared/protocol/hmac_signer.h"
#include "worker/cluster/wire.h"

#include <algorithm>
#include <utility>

namespace pregon {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFirstPause = 100ms, kLastPause = 2s;
constexpr std::chrono::milliseconds kFinishTime = 1s;
constexpr std::chrono::milliseconds kPingInterval = 1s;
constexpr std::chrono::milliseconds kRefusalInterval = 1s; ///< between two lines of the log

} // namespace

RedisLink::RedisLink(EventLoop &loop, RedisSettings settings)
    : loop_(loop), settings_(std::move(settings)),
      topics_(settings_.prefix + std::to_string(settings_.database) + ":"),
      untried_(std::max<std::size_t>(1, settings_.sentinels.size())) {
    for (std::size_t i = 0; i < digests_.size(); i++)
        digests_[i] = sha1Hex(textOf(static_cast<ClusterScript>(i)));
}

RedisLink::~RedisLink() = default;

void RedisLink::start(ClusterLinkListener &listener, std::function<void()> served) {
    listener_ = &listener;
    served_ = std::move(served);
    begin();
}

void RedisLink::begin() {
    if (settings_.sentinels.empty())
        open(settings_.address);
    else
        askSentinel();
}

/// They have the settings' TLS, but no user of Redis and no database.
void RedisLink::askSentinel() {
    const RedisAddress &address = settings_.sentinels[nextSentinel_++ % settings_.sentinels.size()];
    sentinel_ = std::make_unique<RedisConnection>(loop_, settings_, address, callbacksOfCommands());
    authenticate(*sentinel_, "", settings_.sentinelPassword);
    expect(*sentinel_, {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", settings_.sentinelService},
           [this](const RedisReply &reply) {
               if (reply.list.size() != 2)
                   return lost("the sentinel knows no master " + settings_.sentinelService);
               sentinel_->end();
               gone_.push_back(std::move(sentinel_));
               open({reply.at(0).text, reply.at(1).text});
           });
}

void RedisLink::open(const RedisAddress &address) {
    commands_ = std::make_unique<RedisConnection>(loop_, settings_, address, callbacksOfCommands());
    RedisConnection &commands = *commands_;
    authenticate(commands, settings_.username, settings_.password);
    expect(commands, {"SELECT", std::to_string(settings_.database)}, [](const RedisReply &) {});
    expect(commands, {"ROLE"}, [this](const RedisReply &reply) {
        if (reply.at(0).text != "master")
            lost("it is a replica");
    });
    refuseCluster(commands);
    loadScripts();
    subscriptions_ =
        std::make_unique<RedisConnection>(loop_, settings_, address, callbacksOfSubscriptions());
    authenticate(*subscriptions_, settings_.username, settings_.password);
    isSubscribed_ = false;
    unconfirmed_.clear();
    subscribe(Wire::kControlTopic);
}

RedisConnection::Callbacks RedisLink::callbacksOfCommands() {
    return {nullptr, [this](const std::string &reason) { lost(reason); }};
}

RedisConnection::Callbacks RedisLink::callbacksOfSubscriptions() {
    return {[this](const RedisReply &reply) { pushed(reply); },
            [this](const std::string &reason) { lost(reason); }};
}

/// Answered before any command that is given from now on.
void RedisLink::loadScripts() {
    loaded_ = 0;
    for (std::size_t i = 0; i < digests_.size(); i++)
        expect(*commands_, {"SCRIPT", "LOAD", textOf(static_cast<ClusterScript>(i))},
               [this](const RedisReply &) {
                   loaded_++;
                   maybeUp();
               });
}

void RedisLink::authenticate(RedisConnection &connection, const std::string &username,
                             const std::string &password) {
    if (password.empty())
        return;
    std::vector<std::string> command{"AUTH"};
    if (!username.empty())
        command.push_back(username);
    command.push_back(password);
    expect(connection, std::move(command), [](const RedisReply &) {});
}

/// A Redis Cluster would refuse every script, which touches keys of several nodes. A user who may
/// not ask is taken to be right.
void RedisLink::refuseCluster(RedisConnection &connection) {
    connection.command({"INFO", "cluster"}, [this](const RedisReply &reply) {
        if (reply.text.find("cluster_enabled:1") != std::string::npos)
            lost(
                "it is a node of a Redis Cluster, which workers cannot share: REDIS_HOST must name "
                "a Redis of its own, or PREGON_REDIS_SENTINELS its sentinels");
    });
}

/// A refusal ends the link; Redis' reasons hold no password.
void RedisLink::expect(RedisConnection &connection, std::vector<std::string> command,
                       std::function<void(const RedisReply &)> then) {
    connection.command(command, [this, then = std::move(then)](const RedisReply &reply) {
        if (reply.isError())
            lost(reply.text);
        else
            then(reply);
    });
}

/// What Redis has not carried out leaves a gap between what is here and what is there.
RedisLink::Answer RedisLink::watchedScript(Answer answer) {
    return watched([this, answer = std::move(answer)](const RedisReply &reply) {
        if (answer)
            answer(reply);
        if (reply.isError() && isUp_)
            listener_->refused();
    });
}

RedisLink::Answer RedisLink::watched(Answer answer) {
    return [this, answer = std::move(answer)](const RedisReply &reply) {
        if (answer)
            answer(reply);
        if (!reply.isError())
            return;
        for (const std::string fatal : {"READONLY", "NOSCRIPT", "NOAUTH", "LOADING", "MASTERDOWN"})
            if (reply.text.starts_with(fatal) || reply.text.find("-" + fatal) != std::string::npos)
                return lost(reply.text); // Redis 6 has it within a script's own error
        const auto now = std::chrono::steady_clock::now();
        if (!isUp_ || now - refusalLoggedAt_ < kRefusalInterval)
            return;
        refusalLoggedAt_ = now;
        log(LogLevel::Error, "redis refused", {{"reason", reply.text}});
    };
}

void RedisLink::run(ClusterScript script, std::vector<std::string> arguments, Answer answer) {
    std::vector<std::string> command{"EVALSHA", digests_[static_cast<std::size_t>(script)], "0",
                                     settings_.prefix, topics_};
    std::move(arguments.begin(), arguments.end(), std::back_inserter(command));
    if (!isUp_)
        return answer ? answer(RedisReply::error("no link")) : void();
    commands_->command(command, watchedScript(std::move(answer)));
}

void RedisLink::publish(const std::string &topic, std::string_view payload, Answer answer) {
    if (!isUp_)
        return answer ? answer(RedisReply::error("no link")) : void();
    commands_->command({"PUBLISH", topics_ + topic, std::string(payload)},
                       watched(std::move(answer)));
}

void RedisLink::subscribe(const std::string &topic) {
    if (subscriptions_ == nullptr)
        return;
    unconfirmed_[topic]++;
    subscriptions_->command({"SUBSCRIBE", topics_ + topic}, nullptr);
}

void RedisLink::unsubscribe(const std::string &topic) {
    if (subscriptions_ == nullptr)
        return;
    unconfirmed_[topic]++;
    subscriptions_->command({"UNSUBSCRIBE", topics_ + topic}, nullptr);
}

void RedisLink::pushed(const RedisReply &reply) {
    if (reply.isError())
        return lost(reply.text);
    const std::string &word = reply.at(0).text;
    if (!reply.at(1).text.starts_with(topics_))
        return;
    const std::string topic = reply.at(1).text.substr(topics_.size());
    if (word == "message") {
        if (!isUp_)
            return;
        listener_->message(topic, reply.at(2).text);
        return served_();
    }
    const auto found = unconfirmed_.find(topic);
    if (found == unconfirmed_.end() || --found->second > 0)
        return;
    unconfirmed_.erase(found);
    if (word != "subscribe")
        return;
    if (topic == Wire::kControlTopic) {
        isSubscribed_ = true;
        maybeUp();
    } else if (isUp_) {
        listener_->subscribed(topic);
    }
}

void RedisLink::maybeUp() {
    if (isUp_ || loaded_ < digests_.size() || !isSubscribed_)
        return;
    isUp_ = true;
    untried_ = 0;
    isLogged_ = false;
    pause_ = {};
    log(LogLevel::Notice, "redis connected", {{"redis", address()}});
    listener_->linkIsUp();
}

void RedisLink::lost(const std::string &reason) {
    if (commands_ == nullptr && sentinel_ == nullptr)
        return;
    const std::string where = address();
    const bool wasUp = std::exchange(isUp_, false);
    untried_ -= std::min<std::size_t>(1, untried_);
    const std::size_t firstGone = gone_.size();
    for (auto *connection : {&sentinel_, &commands_, &subscriptions_})
        if (*connection != nullptr)
            gone_.push_back(std::move(*connection));
    pause_ = std::clamp(pause_ * 2, kFirstPause, kLastPause);
    tryAt_ = std::chrono::steady_clock::now() + pause_;
    if (!std::exchange(isLogged_, true))
        log(LogLevel::Error, "redis is away", {{"redis", where}, {"reason", reason}});
    for (std::size_t i = firstGone; i < gone_.size(); i++)
        gone_[i]->end();
    if (wasUp)
        listener_->linkIsDown();
}

void RedisLink::flush() {
    for (auto *connection : {&sentinel_, &commands_, &subscriptions_})
        if (*connection != nullptr)
            (*connection)->flush();
}

void RedisLink::tick() {
    gone_.clear();
    const auto now = std::chrono::steady_clock::now();
    for (auto *connection : {&sentinel_, &commands_, &subscriptions_})
        if (*connection != nullptr)
            (*connection)->tick(now);
    if (subscriptions_ != nullptr && isUp_ && now - pingedAt_ >= kPingInterval) {
        subscriptions_->command({"PING"}, [](const RedisReply &) {});
        pingedAt_ = now;
    }
    if (listener_ != nullptr && sentinel_ == nullptr && commands_ == nullptr && now >= tryAt_)
        begin();
}

void RedisLink::finish() {
    if (commands_ != nullptr)
        commands_->finish(kFinishTime);
    isUp_ = false;
    for (auto *connection : {&sentinel_, &commands_, &subscriptions_})
        if (*connection != nullptr)
            (*connection)->end();
}

bool RedisLink::isSettled() const {
    return commands_ != nullptr && commands_->isSettled() && subscriptions_->isSettled() &&
           unconfirmed_.empty();
}

void RedisLink::wait(std::chrono::milliseconds patience) {
    std::vector<RedisConnection *> connections; // a callback may take them out of their places
    std::vector<pollfd> states;
    for (auto *connection : {&sentinel_, &commands_, &subscriptions_})
        if (*connection != nullptr) {
            connections.push_back(connection->get());
            states.push_back((*connection)->waitsFor());
        }
    ::poll(states.data(), states.size(), static_cast<int>(patience.count()));
    for (std::size_t i = 0; i < states.size(); i++)
        if (states[i].revents != 0)
            connections[i]->ready();
    tick();
}

std::vector<int> RedisLink::sockets() const {
    if (!isUp_)
        return {};
    return {commands_->socket(), subscriptions_->socket()};
}

void RedisLink::resume(ClusterLinkListener &listener, std::function<void()> served,
                       const RedisAddress &address, std::vector<UniqueFd> sockets) {
    listener_ = &listener;
    served_ = std::move(served);
    isUp_ = isSubscribed_ = true;
    untried_ = 0;
    commands_ = std::make_unique<RedisConnection>(loop_, settings_, address, std::move(sockets[0]),
                                                  callbacksOfCommands());
    subscriptions_ = std::make_unique<RedisConnection>(
        loop_, settings_, address, std::move(sockets[1]), callbacksOfSubscriptions());
    loadScripts(); // another release may have others
}

const RedisAddress &RedisLink::redisAddress() const {
    if (commands_ != nullptr)
        return commands_->address();
    return sentinel_ != nullptr ? sentinel_->address() : settings_.address;
}

std::string RedisLink::address() const {
    return redisAddress().text();
}

} // namespace pregon
