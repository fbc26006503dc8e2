// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_events.h"

#include "shared/protocol/channel_rules.h"
#include "worker/channels/delivery.h"
#include "worker/protocol/pusher_protocol.h"

#include <utility>

namespace pregon {

using Wire::Kind;

namespace {

constexpr std::int64_t kUnheard = 5000; ///< milliseconds

} // namespace

ClusterLink::Answer ClusterEvents::counted(std::function<void(bool)> then) {
    sent_++;
    return [this, then = std::move(then)](const RedisReply &reply) {
        answered_++;
        if (reply.isError())
            failedAt_ = answered_;
        if (then)
            then(!reply.isError());
        while (!taken_.empty() && taken_.front().until <= answered_) {
            const Taken next = std::move(taken_.front());
            taken_.pop_front();
            next.done(failedAt_ <= next.from);
        }
    };
}

void ClusterEvents::whenTaken(std::uint64_t from, std::function<void(bool)> done) {
    if (answered_ >= sent_)
        return done(failedAt_ <= from && context_.isUp());
    taken_.push_back({from, sent_, std::move(done)});
}

bool ClusterEvents::publish(Application &application, const std::string &channel,
                            const PublishMessage &message) {
    if (!context_.isUp()) {
        counted(nullptr)(RedisReply::error("no link"));
        return false;
    }
    const bool isCached = ChannelRules::isCache(channel);
    send({&application, channel, isCached ? Kind::CachedEvent : Kind::Event, ++lastSequence_,
          message.exceptSocketId,
          isCached ? message.eventJson + "\n" + message.dataJson
                   : PusherProtocol::channelEvent(channel, message.eventJson, message.dataJson)});
    return true;
}

bool ClusterEvents::clientEvent(Application &application, const std::string &channel,
                                std::string_view text, const std::string &senderSocketId) {
    if (context_.isUp())
        send({&application, channel, Kind::ClientEvent, ++lastSequence_, senderSocketId,
              std::string(text)});
    return context_.isUp();
}

void ClusterEvents::send(Event event) {
    const std::string topic = ClusterContext::topicOf(*event.application, event.channel);
    event.mayStayAway = channels_.isDeafSinceReturn(topic) || users_.isDeafSinceReturn(topic);
    const std::string head =
        Wire::headOf({event.kind, context_.origin, event.sequence, event.exceptSocketId, 0, ""});
    auto answer =
        counted([this, number = event.sequence](bool isTaken) { answered(number, isTaken); });
    if (event.kind == Kind::CachedEvent) {
        const App &app = event.application->settings();
        std::vector<std::string> arguments{ClusterContext::nameOf(*event.application),
                                           event.channel,
                                           std::to_string(app.cacheSeconds),
                                           std::to_string(app.cacheMaxChannels),
                                           event.body,
                                           head};
        own_.emplace(event.sequence, std::move(event));
        context_.link.run(ClusterScript::PublishCached, std::move(arguments), std::move(answer));
    } else {
        const std::string payload = head + event.body;
        own_.emplace(event.sequence, std::move(event));
        context_.link.publish(topic, payload, std::move(answer));
    }
}

/// One that Redis refused is delivered here all the same; if the link is lost `linkIsLost` does so.
void ClusterEvents::answered(std::uint64_t sequence, bool isTaken) {
    const auto found = own_.find(sequence);
    if (found == own_.end())
        return;
    found->second.answeredAt = context_.milliseconds();
    const std::string topic =
        ClusterContext::topicOf(*found->second.application, found->second.channel);
    const bool comesBack =
        isTaken && (channels_.has(topic) || users_.has(topic)) && !found->second.mayStayAway;
    if (comesBack || !context_.isUp())
        return;
    const Event event = std::move(found->second);
    own_.erase(found);
    deliver(event);
}

/// A channel that had its first subscriber while the event was on its way may not bring it back.
void ClusterEvents::forgetUnheard() {
    while (!own_.empty()) {
        const Event &oldest = own_.begin()->second;
        if (oldest.answeredAt == 0 || context_.milliseconds() - oldest.answeredAt < kUnheard)
            return;
        own_.erase(own_.begin());
    }
}

void ClusterEvents::heard(Application &application, std::string_view channel,
                          std::string_view payload) {
    const auto message = Wire::parseEvent(payload);
    if (!message)
        return context_.ignored(payload);
    Event event;
    event.application = &application;
    event.channel = channel;
    event.kind = message->kind;
    event.sequence = message->sequence;
    event.exceptSocketId = message->exceptSocketId;
    event.version = message->version;
    event.body = message->body;
    if (message->origin == context_.origin) {
        if (own_.erase(event.sequence) == 0)
            return; // has been delivered without Redis
        deliverOverdue(event);
    }
    deliver(event);
}

/// Redis carries out and sends back in our order: what was sent before this one to the same channel
/// and has not come back does not.
void ClusterEvents::deliverOverdue(const Event &before) {
    for (auto next = own_.begin(); next != own_.end() && next->first < before.sequence;) {
        if (next->second.application != before.application ||
            next->second.channel != before.channel) {
            ++next;
            continue;
        }
        const Event event = std::move(next->second);
        next = own_.erase(next);
        deliver(event);
    }
}

void ClusterEvents::deliver(const Event &event) {
    Application &application = *event.application;
    const Connection *except =
        event.exceptSocketId.empty()
            ? nullptr
            : context_.applications.findConnection(application, event.exceptSocketId);
    std::string text = event.body;
    std::string_view data = event.body;
    const bool isCached = event.kind == Kind::CachedEvent;
    const std::string name(isCached ? Wire::takeWord(data, '\n') : std::string_view());
    if (isCached)
        text = PusherProtocol::channelEvent(event.channel, name, data);
    const Frame frame = textFrame(text);
    const std::size_t count =
        isCached
            ? channels_.publishCached(ClusterContext::topicOf(application, event.channel),
                                      event.version, {name, std::string(data), 0}, frame, except)
            : Delivery::send(application, event.channel, frame, except);
    if (event.kind != Kind::ClientEvent)
        application.recovery().published(event.channel, frame, event.exceptSocketId);
    context_.figures.deliveries += count;
    Delivery::show(application, event.channel,
                   event.kind == Kind::ClientEvent ? event.exceptSocketId : "", count, text);
}

void ClusterEvents::tellAll(const std::string &payload) {
    context_.link.publish(Wire::kControlTopic, payload, counted(nullptr));
}

void ClusterEvents::linkIsLost() {
    for (const auto &[sequence, event] : std::exchange(own_, {}))
        deliver(event);
}

void ClusterEvents::describe(ClusterState &state) const {
    state.lastSequence = lastSequence_;
    for (const auto &[sequence, event] : own_)
        state.events.push_back({sequence, event.application->settings().id, event.channel,
                                static_cast<char>(event.kind), event.exceptSocketId, event.body,
                                event.answeredAt, event.mayStayAway});
}

void ClusterEvents::resume(const ClusterState &state) {
    lastSequence_ = state.lastSequence;
    for (const ClusterState::Event &event : state.events)
        if (Application *application = context_.applications.findById(event.appId))
            own_[event.sequence] = {
                application,      event.channel,        static_cast<Kind>(event.kind),
                event.sequence,   event.exceptSocketId, event.body,
                event.answeredAt, event.mayStayAway};
}

} // namespace pregon
