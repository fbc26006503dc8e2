// SPDX-License-Identifier: MIT
#include "worker/ipc/cluster_answers.h"

#include "worker/cluster/cluster_queries.h"

#include <utility>

namespace pregon {

void ClusterAnswers::handle(const IpcFrame &frame, const std::function<ReplyMessage()> &run,
                            Answer answer) {
    const ReplyMessage away{Errc::Degraded,
                            "Redis is away: done for the clients of this worker only"};
    if (cluster_.isUp())
        repeats_.forgetAll();
    else if (repeats_.isRepeat(frame.payload, clock_.milliseconds()))
        return answer(away);
    const std::uint64_t mark = cluster_.mark();
    ReplyMessage reply = run();
    if (reply.error)
        return answer(std::move(reply));
    cluster_.whenTaken(mark, [this, payload = frame.payload, reply, away,
                              answer = std::move(answer)](bool isTaken) {
        if (!isTaken) // done here already: the next attempt of the same publisher is a repeat
            static_cast<void>(repeats_.isRepeat(payload, clock_.milliseconds()));
        answer(isTaken ? reply : away);
    });
}

bool ClusterAnswers::ask(const IpcFrame &frame, const Answer &answer) {
    switch (frame.type) {
    case IpcType::Channels:
        return askFor<ChannelsQuery>(applications_, frame.payload,
                                     [&](auto &app, const auto &query) {
                                         ClusterQueries::channels(cluster_, app, query, answer);
                                     });
    case IpcType::ChannelInfo:
        return askFor<ChannelInfoQuery>(
            applications_, frame.payload, [&](auto &app, const auto &query) {
                ClusterQueries::channelInfo(cluster_, app, query, answer);
            });
    case IpcType::Users:
        return askFor<AppQuery>(applications_, frame.payload, [&](auto &app, const auto &query) {
            ClusterQueries::users(cluster_, app, query.subject, answer);
        });
    case IpcType::Connections:
        return askFor<AppQuery>(applications_, frame.payload, [&](auto &app, const auto &) {
            ClusterQueries::connections(cluster_, app, answer);
        });
    default:
        return false;
    }
}

} // namespace pregon
