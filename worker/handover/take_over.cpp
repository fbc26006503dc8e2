// SPDX-License-Identifier: MIT
#include "worker/handover/take_over.h"

#include "worker/channels/app_state.h"
#include "worker/clients/client_state.h"

#include <chrono>
#include <utility>

namespace pregon {
namespace {

/// For each message of the giver, which has shorter limits of its own.
constexpr std::chrono::minutes kPatience{15};

HandOverLink::Deadline patience() {
    return std::chrono::steady_clock::now() + kPatience;
}

tl::unexpected<Error> malformed(const char *what) {
    return failure(Errc::BadRequest, std::string(what) + " malformed");
}

/// Reads states until the payload is used up, each with the next socket if it has one to come.
template <class State, class Take>
Result<Done> takeEach(FieldReader fields, HandOverMessage &message, const char *what, Take take) {
    auto socket = message.sockets.begin();
    while (fields.hasMore()) {
        State state;
        fields(state);
        const bool isAlong = state.ticket == 0;
        if (!fields.isComplete())
            return malformed(what);
        if (isAlong && socket == message.sockets.end())
            return malformed(what);
        if (auto taken = take(state, isAlong ? std::move(*socket++) : UniqueFd()); !taken)
            return taken;
    }
    return Done{};
}

} // namespace

Result<Done> TakeOver::run() {
    auto taken = take();
    if (!taken) // if it cannot be told, the link is gone and the other knows
        static_cast<void>(link_.send(HandOverKind::Refused, taken.error().reason, patience()));
    return taken;
}

Result<Done> TakeOver::take() {
    if (auto greeted = greet(); !greeted)
        return greeted;
    for (bool isWhole = false; !isWhole;) {
        auto message = link_.receive(patience());
        if (!message)
            return tl::unexpected<Error>(message.error());
        const auto taken = takeMessage(std::move(*message));
        if (!taken)
            return tl::unexpected<Error>(taken.error());
        isWhole = *taken;
    }
    return begin();
}

Result<Done> TakeOver::greet() {
    const auto message = link_.expect(HandOverKind::Offer, patience());
    if (!message)
        return tl::unexpected<Error>(message.error());
    const auto offer = HandOverOffer::decode(message->payload);
    if (!offer)
        return tl::unexpected<Error>(offer.error());
    offer_ = *offer;
    return link_.send(HandOverKind::Hello, {}, patience());
}

/// True: that was all.
Result<bool> TakeOver::takeMessage(HandOverMessage message) {
    Result<Done> taken = Done{};
    switch (message.kind) {
    case HandOverKind::Sockets:
        for (UniqueFd &socket : message.sockets)
            if (taken)
                taken = server_.takeSocket(std::move(socket));
        break;
    case HandOverKind::Worker:
        taken = takeWorker(message);
        break;
    case HandOverKind::Client:
        taken = takeClients(message);
        break;
    case HandOverKind::App:
        taken = takeApp(message);
        break;
    case HandOverKind::Cluster:
        taken = takeCluster(message);
        break;
    case HandOverKind::Webhooks:
        taken = takeHooks(message);
        break;
    case HandOverKind::Peer:
        taken = takePeers(message);
        break;
    case HandOverKind::End:
        if (ipc_ == nullptr || awaitsCluster_)
            taken = malformed("order of messages");
        break;
    default:
        taken = malformed("order of messages");
    }
    if (!taken)
        return tl::unexpected<Error>(taken.error());
    return message.kind == HandOverKind::End;
}

FieldReader TakeOver::fieldsOf(const HandOverMessage &message) const {
    return FieldReader(message.payload, {.version = offer_.version});
}

Result<Done> TakeOver::takeWorker(HandOverMessage &message) {
    FieldReader fields = fieldsOf(message);
    WorkerState state;
    fields(state);
    if (!fields.isConsumedExactly() || state.listeners.size() != message.sockets.size())
        return malformed("worker's state");
    const auto opened = open_(state, std::move(message.sockets));
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    ipc_ = *opened;
    awaitsCluster_ = state.isOneOfSeveral;
    return Done{};
}

Result<Done> TakeOver::takeClients(HandOverMessage &message) {
    FieldReader fields = fieldsOf(message);
    std::vector<std::string> fresh;
    fields(fresh);
    for (const std::string &frame : fresh)
        frames_.emplace_back(frame);
    return takeEach<ClientState>(fields, message, "client's state",
                                 [&](ClientState &state, UniqueFd fd) {
                                     return server_.takeClient(state, frames_, std::move(fd));
                                 });
}

Result<Done> TakeOver::takeApp(const HandOverMessage &message) {
    FieldReader fields = fieldsOf(message);
    AppState state;
    fields(state);
    if (!fields.isConsumedExactly())
        return malformed("application's state");
    if (Application *application = applications_.findById(state.appId))
        restoreApp(state, *application, applications_, clock_.milliseconds());
    return Done{};
}

Result<Done> TakeOver::takeCluster(HandOverMessage &message) {
    FieldReader fields = fieldsOf(message);
    ClusterState state;
    fields(state);
    if (!fields.isConsumedExactly() || !std::exchange(awaitsCluster_, false))
        return malformed("cluster's state");
    return share_(state, std::move(message.sockets));
}

Result<Done> TakeOver::takeHooks(const HandOverMessage &message) {
    FieldReader fields = fieldsOf(message);
    WebhooksState state;
    fields(state);
    if (!fields.isConsumedExactly())
        return malformed("webhooks' state");
    takeWebhooks_(std::move(state));
    return Done{};
}

Result<Done> TakeOver::takePeers(HandOverMessage &message) {
    if (ipc_ == nullptr)
        return malformed("order of messages");
    return takeEach<PeerState>(
        fieldsOf(message), message, "peer's state",
        [&](PeerState &state, UniqueFd fd) { return ipc_->takePeer(state, std::move(fd)); });
}

/// The other may go on until it has read the last word of this; nothing was read from a client or
/// sent to one before.
Result<Done> TakeOver::begin() {
    frames_ = {};
    server_.endUnclaimed();
    if (auto sent = link_.send(HandOverKind::Taken, {}, patience()); !sent)
        return sent;
    if (const auto go = link_.expect(HandOverKind::Go, patience()); !go)
        return tl::unexpected<Error>(go.error());
    return link_.send(HandOverKind::Serving, {}, patience());
}

} // namespace pregon
