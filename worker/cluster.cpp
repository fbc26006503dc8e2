#include "worker/cluster.h"

#include "shared/hmac_signer.h"
#include "shared/log.h"
#include "worker/channel_queries.h"
#include "worker/pusher_protocol.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kReapedAtATime = 500;
constexpr std::size_t kEverything = 1'000'000;
constexpr std::int64_t kUnheard = 5000; ///< milliseconds

std::string newName() {
    return randomText(16, "0123456789abcdef");
}

/// Up to `separator`, which is taken off too.
std::string_view takeWord(std::string_view &text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

} // namespace

Cluster::Cluster(ClusterLink &link, ApplicationRegistry &applications, WorkerFigures &figures,
                 const Clock &clock)
    : context_{link, applications, figures, clock, newName(), newName()}, channels_(context_),
      users_(context_), counts_(context_) {
    channels_.whenLive = [this](Application &application, const std::string &channel) {
        counts_.changed(application, channel);
    };
    counts_.isLive = [this](Application &application, const std::string &channel) {
        return channels_.isLive(ClusterContext::topicOf(application, channel));
    };
}

void Cluster::joined(Connection &connection, Channel &channel, const Member *member) {
    counts_.changed(*connection.application(), channel.name());
    channels_.joined(connection, channel, member);
}

void Cluster::userLeft(Channel &channel, Application &application, Connection &connection,
                       const std::string &userId) {
    channels_.userLeft(channel, application, connection, userId);
}

void Cluster::left(Connection &connection, const std::string &channel, bool isLast) {
    counts_.changed(*connection.application(), channel);
    channels_.left(connection, *connection.application(), channel, isLast);
}

void Cluster::signedIn(Connection &connection, const std::string &userData, bool isWatchlistCut,
                       bool isFirst) {
    users_.signedIn(connection, userData, isWatchlistCut, isFirst);
}

void Cluster::signedOut(Connection &connection, const SignedInUser &user, bool isLast) {
    users_.signedOut(connection, user, isLast);
}

std::optional<std::size_t> Cluster::userCount(const Application &application,
                                              std::string_view channel) {
    return channels_.userCount(application, channel);
}

ClusterLink::Answer Cluster::counted(std::function<void(bool)> then) {
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

void Cluster::whenTaken(std::uint64_t from, std::function<void(bool)> done) {
    if (answered_ >= sent_)
        return done(failedAt_ <= from && isUp());
    taken_.push_back({from, sent_, std::move(done)});
}

bool Cluster::publish(Application &application, const std::string &channel,
                      const PublishMessage &message) {
    if (!isUp()) {
        counted(nullptr)(RedisReply::error("no link"));
        return false;
    }
    const bool isCached = ChannelRules::isCache(channel);
    send({&application, channel, isCached ? 'K' : 'E', ++lastSequence_, message.exceptSocketId,
          isCached ? message.eventJson + "\n" + message.dataJson
                   : PusherProtocol::channelEvent(channel, message.eventJson, message.dataJson)});
    return true;
}

bool Cluster::clientEvent(Application &application, const std::string &channel,
                          std::string_view text, const std::string &senderSocketId) {
    if (isUp())
        send({&application, channel, 'C', ++lastSequence_, senderSocketId, std::string(text)});
    return isUp();
}

void Cluster::send(Event event) {
    const std::string topic = ClusterContext::topicOf(*event.application, event.channel);
    event.mayStayAway = channels_.isDeafSinceReturn(topic) || users_.isDeafSinceReturn(topic);
    const std::string sequence = std::to_string(event.sequence);
    const std::string payload = event.kind + context_.origin + " " + sequence + " " +
                                event.exceptSocketId + "\n" + event.body;
    auto answer =
        counted([this, number = event.sequence](bool isTaken) { answered(number, isTaken); });
    if (event.kind == 'K') {
        const App &app = event.application->settings();
        std::vector<std::string> arguments{ClusterContext::nameOf(*event.application),
                                           event.channel,
                                           std::to_string(app.cacheSeconds),
                                           std::to_string(app.cacheMaxChannels),
                                           context_.origin + "." + sequence + "\n" + event.body,
                                           payload};
        own_.emplace(event.sequence, std::move(event));
        context_.link.run(ClusterScript::PublishCached, std::move(arguments), std::move(answer));
    } else {
        own_.emplace(event.sequence, std::move(event));
        context_.link.publish(topic, payload, std::move(answer));
    }
}

/// One that Redis refused is delivered here all the same; if the link is lost `linkIsDown` does so.
void Cluster::answered(std::uint64_t sequence, bool isTaken) {
    const auto found = own_.find(sequence);
    if (found == own_.end())
        return;
    found->second.answeredAt = context_.milliseconds();
    const std::string topic =
        ClusterContext::topicOf(*found->second.application, found->second.channel);
    const bool comesBack =
        isTaken && (channels_.has(topic) || users_.has(topic)) && !found->second.mayStayAway;
    if (comesBack || !isUp())
        return;
    const Event event = std::move(found->second);
    own_.erase(found);
    deliver(event, context_.origin);
}

/// A channel that had its first subscriber while the event was on its way may not bring it back.
void Cluster::forgetUnheard() {
    while (!own_.empty()) {
        const Event &oldest = own_.begin()->second;
        if (oldest.answeredAt == 0 || context_.milliseconds() - oldest.answeredAt < kUnheard)
            return;
        own_.erase(own_.begin());
    }
}

void Cluster::terminate(Application &application, const std::string &userId) {
    context_.link.publish(kControlTopic,
                          "T" + context_.origin + " " + ClusterContext::nameOf(application) + "\n" +
                              userId,
                          counted(nullptr));
}

void Cluster::flush() {
    counts_.flush();
    channels_.flush();
}

void Cluster::tick() {
    counts_.tick();
    forgetUnheard();
    if (isUp() && !isBeating_ && context_.milliseconds() - beatAt_ >= kHeartbeat.count())
        beat(false);
    if (isUp() && !context_.formerNames.empty() && channels_.isSettled())
        for (const std::string &name : std::exchange(context_.formerNames, {}))
            reap(name, true);
}

void Cluster::beat(bool isFirst) {
    isBeating_ = true;
    beatAt_ = context_.milliseconds();
    std::vector<std::string> arguments{context_.worker, std::to_string(kLifetime.count()),
                                       isFirst ? "1" : "0"};
    if (isFirst)
        arguments.insert(arguments.end(), context_.formerNames.begin(), context_.formerNames.end());
    context_.link.run(ClusterScript::Heartbeat, std::move(arguments),
                      [this](const RedisReply &reply) {
                          isBeating_ = false;
                          if (reply.isError())
                              return;
                          if (reply.at(0).number == 0) {
                              log(LogLevel::Warning, "cluster had given this worker up");
                              return enter();
                          }
                          if (isWanting_ && isLongHere())
                              return enter();
                          for (const RedisReply &counted : reply.at(2).list)
                              countAnew(counted.text);
                          if (isLongHere()) // others who were away with us need a moment, too
                              for (const RedisReply &dead : reply.at(1).list)
                                  if (!std::ranges::count(context_.formerNames, dead.text))
                                      reap(dead.text, false);
                      });
}

/// `APPLICATION\nCHANNEL`, which may have no subscriber here any more.
void Cluster::countAnew(std::string_view channel) {
    if (Application *application = context_.findByName(takeWord(channel, '\n')))
        counts_.changed(*application, std::string(channel));
}

void Cluster::reap(const std::string &worker, bool isForced) {
    context_.link.run(
        ClusterScript::Reap, {worker, std::to_string(kReapedAtATime), isForced ? "1" : "0"},
        [this, worker, isForced](const RedisReply &reply) {
            const auto &gone = reply.at(1).list, &vacated = reply.at(2).list;
            for (std::size_t i = 0; i + 2 < gone.size(); i += 3)
                if (Application *application = context_.findByName(gone[i].text))
                    application->events().memberRemoved(gone[i + 1].text, gone[i + 2].text);
            for (std::size_t i = 0; i + 1 < vacated.size(); i += 2)
                if (Application *application = context_.findByName(vacated[i].text))
                    application->events().vacated(vacated[i + 1].text);
            if (!isForced && !reply.isError())
                log(LogLevel::Warning, "worker is dead",
                    {{"worker", worker}, {"members", gone.size() / 3}});
            if (reply.at(0).number == 1)
                reap(worker, isForced);
        });
}

void Cluster::refused() {
    isWanting_ = true;
}

/// Under a new name: everything that is here joins again.
void Cluster::enter() {
    isWanting_ = false;
    enteredAt_ = context_.milliseconds();
    context_.formerNames.push_back(std::exchange(context_.worker, newName()));
    beat(true);
    channels_.up();
    users_.up();
    counts_.up();
}

void Cluster::linkIsUp() {
    enter();
    log(LogLevel::Notice, "cluster joined", {{"worker", context_.worker}});
}

void Cluster::linkIsDown() {
    log(LogLevel::Error, "cluster lost", {{"worker", context_.worker}});
    isBeating_ = false;
    for (const auto &[sequence, event] : std::exchange(own_, {}))
        deliver(event, context_.origin);
    channels_.down();
    users_.down();
    counts_.down();
}

void Cluster::retire() {
    if (isUp())
        context_.link.run(ClusterScript::Reap, {context_.worker, std::to_string(kEverything), "1"},
                          nullptr);
}

bool Cluster::isSettled() const {
    return taken_.empty() && channels_.isQuiet() && users_.isQuiet();
}

ClusterState Cluster::state() const {
    ClusterState state;
    state.origin = context_.origin;
    state.worker = context_.worker;
    state.formerNames = context_.formerNames;
    state.lastSequence = lastSequence_;
    state.enteredAt = enteredAt_;
    state.isWanting = isWanting_;
    state.channels = channels_.state();
    for (const auto &[sequence, event] : own_)
        state.events.push_back({sequence, event.application->settings().id, event.channel,
                                event.kind, event.exceptSocketId, event.body, event.answeredAt,
                                event.mayStayAway});
    return state;
}

void Cluster::resume(const ClusterState &state) {
    context_.origin = state.origin;
    context_.worker = state.worker;
    context_.formerNames = state.formerNames;
    lastSequence_ = state.lastSequence;
    enteredAt_ = state.enteredAt;
    isWanting_ = state.isWanting;
    for (const ClusterState::Event &event : state.events)
        if (Application *application = context_.applications.findById(event.appId))
            own_[event.sequence] = {application,      event.channel,        event.kind,
                                    event.sequence,   event.exceptSocketId, event.body,
                                    event.answeredAt, event.mayStayAway};
    if (!channels_.resume(state.channels))
        isWanting_ = true; // what is missing goes with the name
    users_.resume();
}

void Cluster::subscribed(const std::string &topic) {
    if (topic.starts_with("w:") || topic.find(":#server-to-user-") != std::string::npos)
        users_.subscribed(topic);
    else
        channels_.subscribed(topic);
}

void Cluster::message(const std::string &topic, std::string_view payload) {
    if (topic == kControlTopic)
        obey(payload);
    else if (topic.starts_with("w:"))
        users_.watchMessage(topic, payload);
    else if (payload.starts_with('M'))
        channels_.memberMessage(topic, payload);
    else
        heard(topic, payload);
}

/// An event, or a channel's new number.
void Cluster::heard(const std::string &topic, std::string_view payload) {
    std::string_view rest = topic;
    rest.remove_prefix(2);
    Event event;
    event.application = context_.findByName(takeWord(rest, ':'));
    event.channel = rest;
    if (event.application == nullptr || payload.empty())
        return;
    event.kind = payload[0];
    payload.remove_prefix(1);
    const std::string origin(takeWord(payload, ' '));
    if (event.kind == 'N')
        return counts_.numberMessage(*event.application, event.channel, origin, payload);
    const std::string_view sequence = takeWord(payload, ' ');
    std::from_chars(sequence.data(), sequence.data() + sequence.size(), event.sequence);
    event.exceptSocketId = takeWord(payload, '\n');
    event.body = payload;
    if (origin == context_.origin) {
        if (own_.erase(event.sequence) == 0)
            return; // has been delivered without Redis
        deliverOverdue(event);
    }
    deliver(event, origin);
}

/// Redis carries out and sends back in our order: what was sent before this one to the same channel
/// and has not come back does not.
void Cluster::deliverOverdue(const Event &before) {
    for (auto next = own_.begin(); next != own_.end() && next->first < before.sequence;) {
        if (next->second.application != before.application ||
            next->second.channel != before.channel) {
            ++next;
            continue;
        }
        const Event event = std::move(next->second);
        next = own_.erase(next);
        deliver(event, context_.origin);
    }
}

void Cluster::deliver(const Event &event, const std::string &origin) {
    Application &application = *event.application;
    const Connection *except =
        event.exceptSocketId.empty()
            ? nullptr
            : context_.applications.findConnection(application, event.exceptSocketId);
    std::string text = event.body;
    std::size_t count = 0;
    if (event.kind == 'K') {
        std::string_view data = event.body;
        const std::string name(takeWord(data, '\n'));
        text = PusherProtocol::channelEvent(event.channel, name, data);
        count = channels_.publishCached(ClusterContext::topicOf(application, event.channel),
                                        origin + "." + std::to_string(event.sequence),
                                        {name, std::string(data), 0}, textFrame(text), except);
    } else {
        count = deliver(application, event.channel, textFrame(text), except);
    }
    context_.figures.deliveries += count;
    if (application.tails().isWatched())
        application.tails().offer({application.settings().id, event.channel,
                                   event.kind == 'C' ? event.exceptSocketId : "",
                                   static_cast<std::uint32_t>(count), 0, text});
}

/// To a channel's subscribers here, or to a user's connections. For how many.
std::size_t Cluster::deliver(Application &application, const std::string &channel,
                             const Frame &frame, const Connection *except) {
    const std::string userId(ChannelRules::serverToUser(channel));
    if (userId.empty()) {
        Channel *known = application.channels().find(channel);
        return known != nullptr ? known->publish(frame, except) : 0;
    }
    std::size_t count = 0;
    for (Connection *connection : application.users().connectionsOf(userId))
        if (connection != except) {
            connection->send(frame);
            count++;
        }
    return count;
}

/// `TORIGIN APPLICATION\nUSER`.
void Cluster::obey(std::string_view payload) {
    if (!payload.starts_with('T'))
        return;
    payload.remove_prefix(1);
    if (takeWord(payload, ' ') == context_.origin)
        return;
    if (Application *application = context_.findByName(takeWord(payload, '\n')))
        terminateUser(*application, std::string(payload));
}

} // namespace pregon
