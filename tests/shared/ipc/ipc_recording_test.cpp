// SPDX-License-Identifier: MIT

// One frame of every type as it is on the IPC socket, of every release that programs of now talk to
// (shared/ipc/ipc_frame.h). tests/shared/ipc/recorded/ipc_N is what release N wrote, and the
// releases after it until the next file.
//
// Once fields have been appended to a message or a type has been added: add the release to
// `kReleases`, give the fields a value here, `if (release >= N)` with its place in the list, then
// make the file of that release, as Recording says, and commit it.

#include "shared/ipc/ipc_frame.h"
#include "shared/ipc/ipc_message.h"
#include "shared/webhooks/webhook_event.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/recorded.h" // its CppUTest comes last: it redefines new

using namespace pregon;

namespace {

const std::vector<std::string> kReleases = {"0.1.0", "0.2.0"};
const std::size_t kNewest = kReleases.size() - 1;

Recording recordingOf(std::size_t release) {
    return Recording("tests/shared/ipc/recorded/ipc_" + kReleases[release]);
}

/// The payload of a type that has none.
struct NoMessage {
    template <class Fields, class Self>
    static void describe(Fields &, Self &) {}
    std::string encode() const { return {}; }
    static Result<NoMessage> decode(std::string_view) { return NoMessage{}; }
};

template <class Message>
std::vector<std::string> valuesOf(const Message &message) {
    return FieldValues::of(message);
}

std::vector<std::string> valuesOf(const ReplyMessage &message) {
    return {message.error ? std::to_string(static_cast<int>(*message.error) + 1) : "",
            message.text};
}

const PublishMessage kPublish{"app id", "except", "event", "data", {"channel 1", "channel 2"}};
const AppQuery kAppQuery{"app id", "subject"};
const ListQuery kListQuery{"app id", "prefix", {101, 102}};
const TailEvent kTailEvent{"app id", "channel", "sender", 103, 104, "message"};

const HookBatch kHookBatch{
    "origin",
    "app id",
    true,
    105,
    {{HookKind::ClientEvent, "channel", "user id", "event", "data", "socket id", 106}}};

std::vector<ReplyMessage> replies() {
    std::vector<ReplyMessage> samples{{std::nullopt, "text"}};
    for (const Errc code : {Errc::BadRequest, Errc::Unauthorized, Errc::Forbidden, Errc::NotFound,
                            Errc::TooLarge, Errc::Unavailable, Errc::Internal, Errc::Degraded})
        samples.push_back({code, "text"});
    return samples;
}

template <class Query, class Rest>
std::vector<Query> withEachAttribute(const Rest &rest) {
    std::vector<Query> samples;
    for (const std::uint32_t attribute : {kUserCount, kSubscriptionCount, kCache, kOccupied})
        samples.push_back({"app id", attribute, rest});
    return samples;
}

/// Calls back with the name of each type, the type, and samples of its message as `release` knew
/// them.
template <class Visit>
void forEachType(std::size_t release, Visit visit) {
    using Names = std::vector<std::string>;
    visit("Publish", IpcType::Publish, std::vector{kPublish});
    visit("Status", IpcType::Status, std::vector{NoMessage()});
    visit("Reply", IpcType::Reply, replies());
    visit("Channels", IpcType::Channels, withEachAttribute<ChannelsQuery>(std::string("prefix")));
    visit("ChannelInfo", IpcType::ChannelInfo,
          withEachAttribute<ChannelInfoQuery>(Names{"channel 1", "channel 2"}));
    visit("Users", IpcType::Users, std::vector{kAppQuery});
    visit("Terminate", IpcType::Terminate, std::vector{kAppQuery});
    visit("Connections", IpcType::Connections, std::vector{kAppQuery});
    visit("Drain", IpcType::Drain, std::vector{NoMessage()});
    visit("Tail", IpcType::Tail, std::vector{TailRequest{"app id", "channel"}});
    visit("TailEvent", IpcType::TailEvent, std::vector{kTailEvent});
    visit("ListConnections", IpcType::ListConnections, std::vector{kListQuery});
    visit("ListChannels", IpcType::ListChannels, std::vector{kListQuery});
    visit("Upgrade", IpcType::Upgrade, std::vector{NoMessage()});
    visit("ReplyPart", IpcType::ReplyPart, std::vector{NoMessage()});
    if (release < 1)
        return;
    visit("HookEvents", IpcType::HookEvents, std::vector{kHookBatch});
    visit("HookList", IpcType::HookList, std::vector{kAppQuery});
    visit("HookTest", IpcType::HookTest, std::vector{kAppQuery});
    visit("HookResend", IpcType::HookResend, std::vector{kAppQuery});
}

std::string nameOf(const std::string &type, std::size_t number) {
    return type + "." + std::to_string(number);
}

} // namespace

TEST_GROUP(IpcRecording) {
    IpcFrameDecoder decoder;
};

TEST(IpcRecording, HasADifferentValueInEveryField) {
    forEachType(kNewest, [](const std::string &name, IpcType, const auto &messages) {
        std::vector<std::vector<std::string>> samples;
        for (const auto &message : messages)
            samples.push_back(valuesOf(message));
        checkThatAllFieldsDiffer(samples, name);
    });
}

TEST(IpcRecording, HasEveryType) {
    std::set<std::uint8_t> recorded, known;
    forEachType(kNewest, [&](const std::string &, IpcType type, const auto &) {
        recorded.insert(static_cast<std::uint8_t>(type));
    });
    for (unsigned type = 0; type < 256; type++) {
        IpcFrameDecoder any;
        any.append(encodeIpcFrame({static_cast<IpcType>(type), 1, ""}));
        if (any.next())
            known.insert(static_cast<std::uint8_t>(type));
    }

    CHECK_TRUE(recorded == known);
}

TEST(IpcRecording, IsWhatIsWrittenNow) {
    std::map<std::string, std::string> written;
    forEachType(kNewest, [&](const std::string &name, IpcType type, const auto &messages) {
        for (std::size_t i = 0; i < messages.size(); i++)
            written[nameOf(name, i)] = encodeIpcFrame({type, 0x01020304, messages[i].encode()});
    });
    recordingOf(kNewest).checkEqual(written);
}

TEST(IpcRecording, IsUnderstoodOfEveryRelease) {
    for (std::size_t release = 0; release < kReleases.size(); release++) {
        const Recording recording = recordingOf(release);
        forEachType(release, [&](const std::string &name, IpcType type, const auto &messages) {
            for (std::size_t i = 0; i < messages.size(); i++) {
                const std::string what = nameOf(name, i) + " of " + kReleases[release];
                decoder.append(recording.find(nameOf(name, i)));
                const auto frame = decoder.next();
                CHECK_TRUE_TEXT(frame && *frame && (*frame)->type == type, what.c_str());
                LONGS_EQUAL(0x01020304, (*frame)->requestId);
                const auto message = std::decay_t<decltype(messages[i])>::decode((*frame)->payload);
                CHECK_TRUE_TEXT(message.has_value(), what.c_str());
                checkSameValues(valuesOf(messages[i]), valuesOf(*message), what);
            }
        });
    }
}
