// SPDX-License-Identifier: MIT

// What a worker saves for the one that takes its place, of every version that is still loaded
// (worker/handover/hand_over_link.h). tests/worker/handover/recorded/hand_over_N is what version N
// wrote.
//
// Once kHandOverVersion has been raised: give the fields that were added a value here,
// `if (sample.version >= N)`, then make the file of the new version, as Recording says, and commit
// it. The files of the versions before stay until kOldestHandOverVersion is beyond them.

#include "worker/channels/app_state.h"
#include "worker/clients/client_state.h"
#include "worker/handover/hand_over.h"

#include <map>
#include <string>
#include <vector>

#include "tests/recorded.h" // its CppUTest comes last: it redefines new

using namespace pregon;

namespace {

/// One of several objects of a type, which differ in their flags alone.
struct Sample {
    std::uint32_t version;
    unsigned number = 0;

    /// Two flags with other numbers, from 1 on, differ in one of the samples. 4 samples tell 15
    /// flags from each other, 2 samples 3.
    bool flag(unsigned which) const { return (which >> number) % 2 != 0; }
};

PositionState position(const std::string &number, Lsn base) {
    const auto gap = static_cast<std::uint8_t>(base % 100); // a byte
    return {"channel " + number, base, static_cast<std::uint32_t>(base + 1), gap,
            "user of " + number};
}

ResumableState resumable(Sample sample) {
    ResumableState state;
    state.token = "token";
    state.role = 120;
    state.unknown = 114;
    state.isUncovered = sample.flag(10);
    state.hasReplayed = sample.flag(11);
    state.replays = 115;
    state.lifePing = 116;
    state.takenOverAt = 117;
    Acknowledgement &acknowledgement = state.acknowledgement;
    for (int i = 0; i < 20; i++) {
        acknowledgement.pinged(118, 0);
        acknowledgement.ponged();
    }
    for (const std::int64_t at : {1210, 1220, 1230, 1240, 1250, 1260}) // of which 4 are remembered
        acknowledgement.pinged(static_cast<Lsn>(at), at + 1);
    state.channels = {position("3", 1331), position("4", 1333)};
    state.inherited = {position("5", 1335), position("6", 1337)};
    state.sockets = {141, 142};
    return state;
}

RecoveryState recovery(Sample sample) {
    RecoveryState state;
    state.lsn = 211;
    state.forgotAt = 212;
    state.rings = {{"ring 1", 213, {{214, 215, 216, "frame 1"}, {217, 218, 219, "frame 2"}}},
                   {"ring 2", 220, {{221, 222, 223, "frame 3"}}}};
    state.tokens = {
        {"token 1", sample.flag(1), "address 1", 224, 225, 226, {227, 228}, {position("7", 2339)}},
        {"token 2", sample.flag(2), "address 2", 229, 230, 231, {232}, {position("8", 2341)}}};
    return state;
}

ClientState client(Sample sample) {
    ClientState state;
    state.ticket = 101;
    state.isOpen = sample.flag(1);
    state.received = "received";
    state.appId = "app id";
    state.socketId = "socket id";
    state.address = "address";
    state.openedAt = 102;
    state.isDeaf = sample.flag(2);
    state.isEnding = sample.flag(3);
    state.peerHasClosed = sample.flag(4);
    state.closeCode = 103;
    state.closeReason = "close reason";
    state.queue = {104, 105};
    state.sentOfFirst = 106;
    state.silence = {107, sample.flag(5), 108};
    state.ageSeconds = 109;
    state.sendsPings = sample.flag(6);
    state.hasSpoken = sample.flag(7);
    state.isAuthorized = sample.flag(8);
    state.refusals = 110;
    for (int i = 0; i < 3; i++)
        state.messageLimiter.take(111, 9, 60); // began at 111, has counted 3
    state.clientEventLimiter.take(112, 5);     // last at 112, 4000 left
    state.isSignedIn = sample.flag(9);
    state.user = {"user id", "user info", {"watched 1", "watched 2"}};
    state.channels = {"channel 1", "channel 2"};
    if (sample.version >= 3)
        state.refusalsInRow = 113;
    if (sample.version >= 4)
        state.resumable = resumable(sample);
    return state;
}

AppState app(Sample sample) {
    AppState state;
    state.appId = "app id";
    state.members = {
        {"channel 1", {{"socket 1", "user 1", "info 1"}, {"socket 2", "user 2", "info 2"}}},
        {"channel 2", {{"socket 3", "user 3", "info 3"}}}};
    state.cached = {{"cached 1", {"event 1", "data 1", 201}},
                    {"cached 2", {"event 2", "data 2", 202}}};
    state.counts = {{.channel = "counted 1", .told = 203, .total = 204, .seconds = 205},
                    {.channel = "counted 2", .told = 206, .total = 207, .seconds = 208}};
    if (sample.version >= 4)
        state.recovery = recovery(sample);
    return state;
}

WorkerState worker(Sample sample) {
    WorkerState state;
    state.figures.published = 301;
    state.figures.deliveries = 302;
    state.figures.framesSent = 303;
    state.figures.slowConsumers = 304;
    state.figures.refused = 305;
    state.figures.uptimeSeconds = 306;
    state.figures.upgrades = 307;
    state.listeners = {"listener 1", "listener 2"};
    state.files = {"file 1", "file 2"};
    state.outliveUs = sample.flag(1);
    state.isOneOfSeveral = sample.flag(2);
    return state;
}

ClusterState::Channel channel(const std::string &number, std::uint64_t base) {
    ClusterState::Channel state;
    state.appId = "channel app " + number;
    state.name = "channel " + number;
    state.version = base + 1;
    state.members = {{"user 1 in " + number, "info 1 in " + number},
                     {"user 2 in " + number, "info 2 in " + number}};
    state.cachedVersion = base + 2;
    state.lacking = {"lacking 1 in " + number, "lacking 2 in " + number};
    state.countVersion = base + 3;
    return state;
}

ClusterState::Event event(const std::string &number, std::uint64_t base, bool mayStayAway) {
    ClusterState::Event state;
    state.sequence = base + 1;
    state.appId = "event app " + number;
    state.channel = "event channel " + number;
    state.kind = static_cast<char>(base % 100 + 65);
    state.exceptSocketId = "except " + number;
    state.body = "body " + number;
    state.answeredAt = static_cast<std::int64_t>(base + 2);
    state.mayStayAway = mayStayAway;
    return state;
}

ClusterState cluster(Sample sample) {
    ClusterState state;
    state.redis = "redis";
    state.host = "host";
    state.port = "port";
    state.origin = "origin";
    state.worker = "worker";
    state.formerNames = {"former 1", "former 2"};
    state.lastSequence = 401;
    state.enteredAt = 402;
    state.isWanting = sample.flag(1);
    state.apps = {{"app 1", 403}, {"app 2", 404}};
    state.channels = {channel("1", 410), channel("2", 420)};
    state.userTopics = {"topic 1", "topic 2"};
    state.events = {event("1", 501, sample.flag(2)), event("2", 602, sample.flag(3))};
    if (sample.version >= 4)
        state.keptTopics = {"kept 1", "kept 2"};
    return state;
}

PeerState peer(Sample sample) {
    PeerState state;
    state.received = "received";
    state.waiting = "waiting";
    state.watches = sample.flag(1);
    state.tailRequestId = 701;
    state.tailPayload = "tail payload";
    return state;
}

HandOverOffer offer(Sample sample) {
    return {sample.version, "program", sample.flag(1)};
}

/// Calls back with the name of each type, as many samples of it as tell its flags apart.
template <class Visit>
void forEachType(std::uint32_t version, Visit visit) {
    const auto samples = [&](auto make, unsigned count) {
        std::vector<decltype(make(Sample{}))> states;
        for (unsigned number = 0; number < count; number++)
            states.push_back(make({version, number}));
        return states;
    };
    visit("ClientState", samples(client, 4));
    visit("AppState", samples(app, version < 4 ? 1 : 2)); // before 4 it had no flags
    visit("WorkerState", samples(worker, 2));
    visit("ClusterState", samples(cluster, 2));
    visit("PeerState", samples(peer, 1));
    visit("HandOverOffer", samples(offer, 1));
}

std::string nameOf(const std::string &type, std::size_t number) {
    return type + "." + std::to_string(number);
}

Recording recordingOf(std::uint32_t version) {
    return Recording("tests/worker/handover/recorded/hand_over_" + std::to_string(version));
}

} // namespace

TEST_GROUP(HandOverStates){};

TEST(HandOverStates, HaveADifferentValueInEveryField) {
    forEachType(kHandOverVersion, [](const std::string &type, const auto &states) {
        std::vector<std::vector<std::string>> samples;
        for (const auto &state : states)
            samples.push_back(FieldValues::of(state));
        checkThatAllFieldsDiffer(samples, type);
    });
}

TEST(HandOverStates, AreSavedAsTheirVersionWasRecorded) {
    std::map<std::string, std::string> saved;
    forEachType(kHandOverVersion, [&](const std::string &type, const auto &states) {
        for (std::size_t i = 0; i < states.size(); i++) {
            FieldWriter fields;
            fields(states[i]);
            saved[nameOf(type, i)] = fields.take();
        }
    });
    recordingOf(kHandOverVersion).checkEqual(saved);
}

TEST(HandOverStates, AreLoadedFromEveryVersionThatIsSupported) {
    for (std::uint32_t version = kOldestHandOverVersion; version <= kHandOverVersion; version++) {
        const Recording recording = recordingOf(version);
        forEachType(version, [&](const std::string &type, const auto &states) {
            for (std::size_t i = 0; i < states.size(); i++) {
                const std::string what = nameOf(type, i) + " of version " + std::to_string(version);
                FieldReader fields(recording.find(nameOf(type, i)), {.version = version});
                std::decay_t<decltype(states[i])> loaded;
                fields(loaded);
                CHECK_TRUE_TEXT(fields.isConsumedExactly(), what.c_str());
                checkSameValues(FieldValues::of(states[i]), FieldValues::of(loaded), what);
            }
        });
    }
}
