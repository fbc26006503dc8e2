// SPDX-License-Identifier: MIT
#include "worker/handover/hand_over.h"

#include "shared/fields.h"
#include "worker/channels/app_state.h"
#include "worker/clients/client_state.h"

namespace pregon {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatchBytes = 256 << 10;
constexpr std::chrono::seconds kLastWord{5};
constexpr std::chrono::milliseconds kSettle{100}; ///< in which nobody is served
constexpr std::chrono::milliseconds kBetweenSettles{400};

/// Many states in one message, with the sockets that go along with some of them.
class Batch {
  public:
    Batch(HandOverLink &link, HandOverKind kind, HandOverLink::Deadline until)
        : link_(link), kind_(kind), until_(until) {}

    /// Goes in front of the states, which name its frames.
    FrameNumbers frames;

    template <class State>
    void add(const State &state, int socket) {
        fields_(state);
        if (socket >= 0)
            sockets_.push_back(socket);
        if (fields_.size() >= kBatchBytes || sockets_.size() == HandOverLink::kMaxSockets)
            send();
    }
    Result<Done> finish() {
        if (fields_.size() > 0)
            send();
        return result_;
    }

  private:
    void send() {
        FieldWriter head;
        if (kind_ == HandOverKind::Client)
            head(frames.takeFresh());
        const std::string payload = head.take() + fields_.take();
        fields_ = {};
        if (result_)
            result_ = link_.send(kind_, payload, until_, sockets_);
        sockets_.clear();
    }

    HandOverLink &link_;
    HandOverKind kind_;
    HandOverLink::Deadline until_;
    FieldWriter fields_;
    std::vector<int> sockets_;
    Result<Done> result_ = Done{};
};

template <class State>
std::string encoded(const State &state) {
    FieldWriter fields;
    fields(state);
    return fields.take();
}

} // namespace

HandOver::HandOver(EventLoop &loop, WorkerParts parts, UniqueFd link, const HandOverOffer &offer,
                   Patience patience, Failed failed)
    : parts_(std::move(parts)), link_(std::move(link)), patience_(patience),
      failed_(std::move(failed)), until_(Steady::now() + patience.greeting),
      watch_(loop.watch(link_.socket(), EventLoop::Interest::Reading, [this] { ready(); })) {
    // What cannot be sent is seen by `ready`: the other end is closed.
    static_cast<void>(link_.send(HandOverKind::Offer, encoded(offer), until_));
}

HandOver::~HandOver() {
    parts_.server.forgetTickets();
}

void HandOver::tick() {
    if (!isDue_ && Steady::now() > until_)
        fail({Errc::Unavailable, "the new program does not get ready"});
}

void HandOver::ready() {
    if (link_.hasMessage()) {
        // After its greeting it says something only to refuse.
        const auto greeting = link_.expect(HandOverKind::Hello, Steady::now() + patience_.pause);
        if (!greeting || isGreeted_)
            return fail(greeting ? Error{Errc::BadRequest, "unexpected message"}
                                 : greeting.error());
        isGreeted_ = true;
        until_ = Steady::now() + patience_.greeting;
        watch_->change(EventLoop::Interest::ReadingAndWriting);
        return;
    }
    if (isGreeted_)
        giveSlice();
}

void HandOver::giveSlice() {
    const auto sockets = parts_.server.giveSockets(HandOverLink::kMaxSockets);
    if (sockets.empty()) {
        isDue_ = true;
        watch_->change(EventLoop::Interest::Nothing);
        return;
    }
    until_ = Steady::now() + patience_.greeting;
    const auto sent =
        link_.send(HandOverKind::Sockets, {}, Steady::now() + patience_.pause, sockets);
    if (!sent)
        fail(sent.error());
}

bool HandOver::settles() {
    const auto now = Steady::now();
    if (parts_.sharing == nullptr || parts_.sharing->settle(now)) // mostly nothing is on its way
        return true;
    if (settleUntil_ == HandOverLink::Deadline())
        settleUntil_ = now + patience_.redis;
    if (now < settleNext_)
        return false;
    if (parts_.sharing->settle(now + kSettle))
        return true;
    settleNext_ = Steady::now() + kBetweenSettles;
    if (now < settleUntil_)
        return false;
    if (patience_.isLast) {
        parts_.sharing->giveUpRedis();
        return true;
    }
    fail({Errc::Unavailable, "something is always on its way to Redis"});
    return false;
}

Result<Done> HandOver::switchOver() {
    until_ = Steady::now() + patience_.pause;
    auto switched = give();
    if (!switched && link_.hasMessage()) // it may have said why it takes no more
        if (const auto why = link_.expect(HandOverKind::Taken, until_); !why)
            return tl::unexpected<Error>(why.error());
    return switched ? finish() : switched;
}

Result<Done> HandOver::give() {
    parts_.server.leaveAll();
    for (const auto give : {&HandOver::giveWorker, &HandOver::giveClients, &HandOver::giveApps,
                            &HandOver::giveCluster, &HandOver::giveWebhooks, &HandOver::givePeers})
        if (auto given = (this->*give)(); !given)
            return given;
    return link_.send(HandOverKind::End, {}, until_);
}

/// From its Taken on the other does nothing but answer: that takes long only if it is stopped.
Result<Done> HandOver::finish() {
    if (const auto taken = link_.expect(HandOverKind::Taken, until_); !taken)
        return tl::unexpected<Error>(taken.error());
    until_ = Steady::now() + kLastWord;
    if (auto sent = link_.send(HandOverKind::Go, {}, until_); !sent)
        return sent;
    if (const auto serving = link_.expect(HandOverKind::Serving, until_); !serving)
        return tl::unexpected<Error>(serving.error());
    return Done{};
}

bool HandOver::hasOtherServed() {
    return link_.expect(HandOverKind::Serving, Steady::now()).has_value();
}

Result<Done> HandOver::giveWorker() {
    WorkerState state;
    state.figures = parts_.figures;
    state.outliveUs = parts_.sockets.outliveUs;
    state.isOneOfSeveral = parts_.sharing != nullptr;
    std::vector<int> sockets = parts_.listening;
    state.listeners.assign(sockets.size(), "ws");
    sockets.push_back(parts_.ipc.listeningSocket());
    state.listeners.push_back("ipc");
    for (const SocketFile &file : parts_.sockets.files)
        state.files.push_back(file.path());
    return link_.send(HandOverKind::Worker, encoded(state), until_, sockets);
}

Result<Done> HandOver::giveClients() {
    Batch batch(link_, HandOverKind::Client, until_);
    parts_.server.giveClients(batch.frames, [&](const ClientState &state, int socket) {
        batch.add(state, socket);
        clients_++;
    });
    return batch.finish();
}

Result<Done> HandOver::giveApps() {
    for (Application &application : parts_.applications.all())
        if (auto sent = link_.send(HandOverKind::App, encoded(describeApp(application)), until_);
            !sent)
            return sent;
    return Done{};
}

Result<Done> HandOver::giveCluster() {
    if (parts_.sharing == nullptr)
        return Done{};
    return link_.send(HandOverKind::Cluster, encoded(parts_.sharing->state()), until_,
                      parts_.sharing->sockets());
}

Result<Done> HandOver::giveWebhooks() {
    if (parts_.webhooks == nullptr)
        return Done{};
    return link_.send(HandOverKind::Webhooks, encoded(parts_.webhooks->state()), until_);
}

Result<Done> HandOver::givePeers() {
    Batch batch(link_, HandOverKind::Peer, until_);
    parts_.ipc.givePeers([&](const PeerState &state, int socket) { batch.add(state, socket); });
    return batch.finish();
}

void HandOver::fail(const Error &error) {
    watch_->change(EventLoop::Interest::Nothing);
    failed_(error);
}

} // namespace pregon
