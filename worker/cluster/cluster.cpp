// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster.h"

#include "shared/ascii.h"
#include "shared/log/log.h"
#include "shared/protocol/hmac_signer.h"
#include "worker/channels/sign_in.h"
#include "worker/channels/terminate_user.h"

#include <algorithm>
#include <array>
#include <climits>
#include <unistd.h>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kReapedAtATime = 500;
constexpr std::size_t kEverything = 1'000'000;

std::string randomName() {
    return randomText(16, "0123456789abcdef");
}

/// `HOST-RANDOM`: in Redis and in the log one sees which host a worker is, or was, on.
std::string newName() {
    std::array<char, HOST_NAME_MAX + 1> host{};
    ::gethostname(host.data(), host.size() - 1);
    std::string name;
    for (const char *c = host.data(); *c != '\0'; c++)
        name += isWordCharacter(*c) || *c == '.' || *c == '-' ? *c : '_'; // no separator of ours
    return name + "-" + randomName();
}

} // namespace

Cluster::Cluster(ClusterLink &link, ApplicationRegistry &applications, WorkerFigures &figures,
                 const Clock &clock)
    : context_{link, applications, figures, clock, randomName(), newName()}, channels_(context_),
      users_(context_), counts_(context_), events_(context_, channels_, users_) {
    channels_.whenLive = [this](Application &application, const std::string &channel) {
        counts_.changed(application, channel);
    };
    applications.recovery().whenRingIsDropped = [this](const Recovery &recovery,
                                                       const std::string &channel) {
        for (Application &application : context_.applications.all())
            if (&application.recovery() == &recovery)
                channels_.ringIsDropped(application, channel);
    };
    counts_.isLive = [this](Application &application, const std::string &channel) {
        return channels_.isLive(ClusterContext::topicOf(application, channel));
    };
}

void Cluster::joined(const Joining &joining) {
    counts_.changed(*joining.connection.application(), joining.channel.name());
    channels_.joined(joining.connection, joining.channel, joining.member);
}

void Cluster::memberLeft(Connection &connection, Channel &channel, const std::string &userId) {
    channels_.memberLeft(connection, channel, userId);
}

void Cluster::left(Connection &connection, const std::string &channel, bool isLast) {
    counts_.changed(*connection.application(), channel);
    channels_.left(connection, *connection.application(), channel, isLast);
}

void Cluster::signedIn(const SigningIn &signingIn) {
    if (signingIn.connection.application()->settings().watchlist)
        SignIn::watch(signingIn.connection);
    users_.signedIn(signingIn);
}

void Cluster::signedOut(Connection &connection, const SignedInUser &user, bool isLast) {
    users_.signedOut(connection, user, isLast);
}

std::size_t Cluster::publish(Application &application, const std::string &channel,
                             const Publication &publication) {
    const bool isOnItsWay = events_.publish(application, channel, publication.message);
    return isOnItsWay ? 0 : alone_.publish(application, channel, publication);
}

void Cluster::clientEvent(Connection &sender, const std::string &channel, const std::string &text) {
    if (!events_.clientEvent(*sender.application(), channel, text, sender.socketId()))
        alone_.clientEvent(sender, channel, text);
}

std::optional<std::size_t> Cluster::userCount(const Application &application,
                                              std::string_view channel) {
    return channels_.userCount(application, channel);
}

void Cluster::terminated(Application &application, const std::string &userId) {
    events_.tellAll(Wire::textOf({context_.origin, ClusterContext::nameOf(application), userId}));
}

void Cluster::flush() {
    counts_.flush();
    channels_.flush();
}

void Cluster::tick() {
    counts_.tick();
    events_.forgetUnheard();
    if (isUp() && !isBeating_ && context_.milliseconds() - beatAt_ >= kHeartbeat.count())
        beat(Beat::Next);
    if (isUp() && !context_.formerNames.empty() && channels_.isSettled())
        for (const std::string &name : std::exchange(context_.formerNames, {}))
            reap(name, Reaped::OwnFormerName);
}

void Cluster::beat(Beat beat) {
    const bool isFirst = beat == Beat::First;
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
                              log(LogLevel::Warning, "cluster lease expired, rejoining");
                              return enter();
                          }
                          if (isWanting_ && isLongHere())
                              return enter();
                          for (const RedisReply &counted : reply.at(2).list)
                              countAnew(counted.text);
                          if (isLongHere()) // others who were away with us need a moment, too
                              for (const RedisReply &dead : reply.at(1).list)
                                  if (!std::ranges::count(context_.formerNames, dead.text))
                                      reap(dead.text, Reaped::Dead);
                      });
}

/// `APPLICATION\nCHANNEL`, which may have no subscriber here any more.
void Cluster::countAnew(std::string_view channel) {
    if (Application *application = context_.findByName(Wire::takeWord(channel, '\n')))
        counts_.changed(*application, std::string(channel));
}

void Cluster::reap(const std::string &worker, Reaped reaped) {
    const bool isForced = reaped == Reaped::OwnFormerName;
    context_.link.run(
        ClusterScript::Reap, {worker, std::to_string(kReapedAtATime), isForced ? "1" : "0"},
        [this, worker, reaped](const RedisReply &reply) {
            const auto &gone = reply.at(1).list, &vacated = reply.at(2).list;
            for (std::size_t i = 0; i + 2 < gone.size(); i += 3)
                if (Application *application = context_.findByName(gone[i].text))
                    application->events().memberRemoved(gone[i + 1].text, gone[i + 2].text);
            for (std::size_t i = 0; i + 1 < vacated.size(); i += 2)
                if (Application *application = context_.findByName(vacated[i].text))
                    application->events().vacated(vacated[i + 1].text);
            if (reaped == Reaped::Dead && !reply.isError())
                log(LogLevel::Warning, "worker is dead",
                    {{"worker", worker}, {"members", gone.size() / 3}});
            if (reply.at(0).number == 1)
                reap(worker, reaped);
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
    beat(Beat::First);
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
    events_.linkIsLost();
    for (Application &application : context_.applications.all())
        application.recovery().breakRings();
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
    return events_.isQuiet() && channels_.isQuiet() && users_.isQuiet();
}

ClusterState Cluster::state() const {
    ClusterState state;
    state.origin = context_.origin;
    state.worker = context_.worker;
    state.formerNames = context_.formerNames;
    events_.describe(state);
    state.enteredAt = enteredAt_;
    state.isWanting = isWanting_;
    for (const Application &application : context_.applications.all())
        state.apps.push_back({application.settings().id, application.connectionsElsewhere});
    state.channels = channels_.state();
    for (ClusterState::Channel &channel : state.channels)
        channel.countVersion =
            counts_.versionOf(*context_.applications.findById(channel.appId), channel.name);
    state.userTopics = users_.topics();
    state.keptTopics = channels_.keptTopics();
    return state;
}

void Cluster::resume(const ClusterState &state) {
    context_.origin = state.origin;
    context_.worker = state.worker;
    context_.formerNames = state.formerNames;
    enteredAt_ = state.enteredAt;
    isWanting_ = state.isWanting;
    events_.resume(state);
    bool isWhole = channels_.resume(state.channels);
    channels_.resumeKept(state.keptTopics);
    isWhole = users_.resume(state.userTopics) && isWhole;
    for (const ClusterState::App &app : state.apps) {
        Application *application = context_.applications.findById(app.id);
        isWhole = application != nullptr && isWhole;
        if (application != nullptr)
            application->connectionsElsewhere = static_cast<std::size_t>(app.connectionsElsewhere);
    }
    for (const ClusterState::Channel &channel : state.channels)
        if (Application *application = context_.applications.findById(channel.appId))
            counts_.resume(*application, channel.name, channel.countVersion);
    if (!isWhole)
        isWanting_ = true; // what Redis has too much, or lacks, goes with the name
}

void Cluster::subscribed(const std::string &topic) {
    switch (Wire::parseTopic(topic).kind) {
    case Wire::TopicKind::Watch:
    case Wire::TopicKind::User:
        return users_.subscribed(topic);
    case Wire::TopicKind::Channel:
    case Wire::TopicKind::Other:
        return channels_.subscribed(topic);
    }
}

void Cluster::message(const std::string &topic, std::string_view payload) {
    const auto kind = Wire::kindOf(payload);
    if (!kind)
        return context_.ignored(payload);
    const Wire::Topic parsed = Wire::parseTopic(topic);
    Application *application = context_.findByName(parsed.application);
    switch (*kind) {
    case Wire::Kind::Terminate:
        return topic == Wire::kControlTopic ? obey(payload) : context_.ignored(payload);
    case Wire::Kind::MemberChange:
        return parsed.kind == Wire::TopicKind::Watch ? users_.watchMessage(topic, payload)
                                                     : channels_.memberMessage(topic, payload);
    case Wire::Kind::Count:
        if (application != nullptr)
            counts_.numberMessage(*application, std::string(parsed.name), payload);
        return;
    case Wire::Kind::Event:
    case Wire::Kind::CachedEvent:
    case Wire::Kind::ClientEvent:
        if (application != nullptr)
            events_.heard(*application, parsed.name, payload);
        return;
    }
}

void Cluster::obey(std::string_view payload) {
    const auto terminate = Wire::parseTerminate(payload);
    if (!terminate)
        return context_.ignored(payload);
    if (terminate->origin == context_.origin)
        return;
    if (Application *application = context_.findByName(terminate->application))
        terminateUser(*application, terminate->userId);
}

} // namespace pregon
