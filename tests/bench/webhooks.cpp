// SPDX-License-Identifier: MIT

// What webhooks cost the worker, and how many pregon-webhookd delivers.
//
// The worker: subscribes with webhooks off and on, in two workers side by side, so that nothing
// differs but the setting. pregon-webhookd: events as a worker sends them, to one endpoint, to a
// hundred, and to one beside another that never answers; the receiver answers 200 at once.

#include "shared/ipc/ipc_frame.h"
#include "shared/ipc/ipc_message.h"
#include "shared/webhooks/webhook_event.h"
#include "tests/bench/crowd.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

#include <atomic>
#include <filesystem>
#include <list>
#include <new>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <thread>

namespace pregon::bench {
namespace {

constexpr std::size_t kPairs = 4000, kPairsPerBatch = 4, kEvents = 4000;

/// A number that a child of this process counts up.
class SharedCounter {
  public:
    SharedCounter()
        : count_(new (::mmap(nullptr, sizeof(Count), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Count(0)) {}
    std::size_t get() const { return *count_; }
    void add() { ++*count_; }

  private:
    using Count = std::atomic<std::size_t>;
    Count *count_;
};

/// Answers 200 to every request, and counts them.
class Sink {
  public:
    Sink()
        : port(freePort()), listening_(orFail(listenOn({"", "127.0.0.1", port}))),
          process_({listening_.get()}, [this] { serve(); }) {}
    std::size_t requests() const { return counter_.get(); }
    const std::string port;

  private:
    struct Peer {
        UniqueFd fd;
        std::string text;
    };

    void serve();
    bool answer(Peer &peer);

    SharedCounter counter_;
    UniqueFd listening_;
    Process process_;
};

/// Whole requests are taken off what has come.
bool Sink::answer(Peer &peer) {
    char buffer[65536];
    const ssize_t got = ::recv(peer.fd.get(), buffer, sizeof buffer, 0);
    if (got <= 0)
        return false;
    peer.text.append(buffer, static_cast<std::size_t>(got));
    for (std::size_t end; (end = peer.text.find("\r\n\r\n")) != std::string::npos;) {
        const std::size_t at = peer.text.find("Content-Length: ");
        const std::size_t length =
            at < end ? std::strtoul(peer.text.c_str() + at + 16, nullptr, 10) : 0;
        if (peer.text.size() < end + 4 + length)
            return true;
        peer.text.erase(0, end + 4 + length);
        counter_.add();
        constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        ::send(peer.fd.get(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    }
    return true;
}

void Sink::serve() {
    constexpr int kFirstKept = 3;
    const UniqueFd listening(kFirstKept);
    std::list<Peer> peers;
    for (;;) {
        std::vector<pollfd> polled{{listening.get(), POLLIN, 0}};
        for (const Peer &peer : peers)
            polled.push_back({peer.fd.get(), POLLIN, 0});
        ::poll(polled.data(), polled.size(), -1);
        auto ready = polled.begin() + 1;
        for (auto peer = peers.begin(); peer != peers.end(); ++ready)
            peer = ready->revents == 0 || answer(*peer) ? std::next(peer) : peers.erase(peer);
        if (polled.front().revents != 0)
            if (const int fd = ::accept(listening.get(), nullptr, nullptr); fd >= 0)
                peers.push_back({UniqueFd(fd), ""});
    }
}

Pregon::Settings webhookSettings(const std::string &folder, const std::string &webhooks) {
    return {{"PREGON_WEBHOOKS", "'" + webhooks + "'"},
            {"PREGON_WEBHOOK_DELAY", "0"},
            {"PREGON_WEBHOOK_SPOOL", folder + "/spool"},
            {"PREGON_WEBHOOK_SOCKET", folder + "/hooks.sock"}};
}

std::string endpoints(const std::string &port, std::size_t count) {
    std::string json;
    for (std::size_t i = 0; i < count; i++)
        json += std::string(i > 0 ? "," : "") + R"({"url":"http://127.0.0.1:)" + port + "/\"}";
    return json;
}

/// pregon-webhookd alone.
class Webhookd {
  public:
    Webhookd(const Options &options, const std::string &name, const std::string &webhooks)
        : folder_(options.folder + "/" + name) {
        std::filesystem::create_directory(folder_);
        std::string text = "REVERB_APP_ID=tienda\nREVERB_APP_KEY=key\nREVERB_APP_SECRET=secret\n";
        for (const auto &[setting, value] : webhookSettings(folder_, webhooks))
            text += setting + "=" + value + "\n";
        writePrivateFile(folder_ + "/pregon.env", text);
        process_ =
            std::make_unique<Process>(std::vector<std::string>{options.build + "/pregon-webhookd",
                                                               "--config", folder_ + "/pregon.env"},
                                      folder_ + "/log");
        process_->awaitLog("webhookd ready");
    }
    std::string socket() const { return folder_ + "/hooks.sock"; }
    double cpu() const { return cpuOf(process_->family()); }

  private:
    std::string folder_;
    std::unique_ptr<Process> process_;
};

/// Hands so many events over, as a worker does, and waits until the sink has `wanted` more.
double deliveriesPerSecond(const Webhookd &webhookd, const Sink &sink, std::size_t events,
                           std::size_t wanted) {
    constexpr std::size_t kBatch = 250;
    const UniqueFd socket = orFail(connectToUnix(webhookd.socket()));
    const std::size_t before = sink.requests();
    const auto begun = Clock::now();
    const auto until = begun + kPatience;
    for (std::size_t first = 1; first <= events; first += kBatch) {
        HookBatch batch{"bench", "tienda", false, first, {}};
        for (std::size_t i = 0; i < kBatch; i++) {
            HookEvent event;
            event.channel = "private-order." + std::to_string(first + i);
            batch.events.push_back(std::move(event));
        }
        orFail(sendAll(socket.get(),
                       encodeIpcFrame({IpcType::HookEvents, static_cast<std::uint32_t>(first),
                                       batch.encode()}),
                       until));
    }
    while (sink.requests() < before + wanted) {
        if (Clock::now() > until)
            fail("webhooks are not delivered in time");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const std::chrono::duration<double> seconds = Clock::now() - begun;
    return static_cast<double>(wanted) / seconds.count();
}

void deliveries(const Options &options) {
    Report report("webhooks-delivery", "webhooks delivered to receivers that answer at once",
                  {{"what", "endpoints"}, {"events", "events"}, {"rate", "requests per second"}});
    const Sink sink;
    const auto measure = [&](const std::string &what, const std::string &name, std::size_t events,
                             std::size_t each, const std::string &webhooks) {
        const Webhookd webhookd(options, name, "[" + webhooks + "]");
        const double rate = deliveriesPerSecond(webhookd, sink, events, events * each);
        report.row({what, static_cast<double>(events), rate});
        return rate;
    };
    measure("one", "one", kEvents, 1, endpoints(sink.port, 1));
    measure("a hundred", "hundred", 250, 100, endpoints(sink.port, 100));
    // Each event is on disk once for each endpoint, whether that answers or not.
    const double healthy = measure("two", "two", kEvents, 2, endpoints(sink.port, 2)) / 2;
    // It listens and never accepts.
    const std::string deadPort = freePort();
    const UniqueFd dead = orFail(listenOn({"", "127.0.0.1", deadPort}));
    const double beside = measure("one, beside one that never answers", "dead", kEvents, 1,
                                  endpoints(deadPort, 1) + "," + endpoints(sink.port, 1));
    report.mark("one beside a dead one, to one of two", beside / healthy, Report::Wanted::AtLeast,
                0.9);
    report.finish(options);
}

/// Nanoseconds of the worker for each subscribe and unsubscribe.
double costOfPairs(Crowd &crowd, const Clients &clients, const std::string &channel) {
    std::string batch;
    for (std::size_t i = 0; i < kPairsPerBatch; i++)
        batch += subscribeFrame(crowd.server(), *clients[0], channel, 0) +
                 maskedFrame(R"({"event":"pusher:unsubscribe","data":{"channel":)" +
                             jsonText(channel) + "}}");
    std::size_t wanted = total(clients, &Client::confirmations);
    const double before = crowd.server().cpu();
    for (std::size_t done = 0; done < kPairs; done += kPairsPerBatch) {
        clients[0]->send(batch);
        wanted += kPairsPerBatch;
        crowd.readUntil([&] { return total(clients, &Client::confirmations) == wanted; });
    }
    settle(crowd, clients);
    return (crowd.server().cpu() - before) / kPairs;
}

/// Nanoseconds of the worker for each delivery of an event.
double costOfDeliveries(Crowd &crowd, const Clients &members, const std::string &channel) {
    constexpr std::size_t kPublished = 200;
    const auto publisher = crowd.server().publisher();
    const std::size_t wanted = crowd.others() + kPublished * members.size();
    const double before = crowd.server().cpu();
    for (std::size_t i = 0; i < kPublished; i += 10) {
        publisher->publish({channel, "{}"}, 10);
        crowd.readFor(std::chrono::milliseconds(0));
    }
    crowd.readUntil([&] { return crowd.others() == wanted; });
    return (crowd.server().cpu() - before) / static_cast<double>(kPublished * members.size());
}

void workersCost(const Options &options) {
    const Sink sink;
    const std::string webhooks = "[" + endpoints(sink.port, 1) + "]";
    const Webhookd webhookd(options, "cost", webhooks);
    const Pregon off("off", options);
    const Pregon on("on", options, webhookSettings(options.folder + "/cost", webhooks));
    Report report("webhooks", "worker's CPU with webhooks off and on",
                  {{"webhooks", "webhooks"},
                   {"occupied", "us of a subscribe that occupies and vacates", 2},
                   {"joined", "us of a subscribe to a channel of 100", 2},
                   {"delivery", "us of a delivery", 3}});
    struct Side {
        const Pregon &server;
        Crowd crowd{server};
        Clients members{crowd.join(100, "crowd")}, clients{crowd.connect(1)};
        std::vector<double> occupied{}, joined{}, delivery{};
    };
    Side sides[] = {{off}, {on}};
    for (std::size_t round = 0; round < options.roundsOr(5); round++)
        for (Side &side : sides) {
            side.occupied.push_back(costOfPairs(side.crowd, side.clients, "alone") / 1000);
            side.joined.push_back(costOfPairs(side.crowd, side.clients, "crowd") / 1000);
            side.delivery.push_back(costOfDeliveries(side.crowd, side.members, "crowd") / 1000);
        }
    for (const Side &side : sides)
        report.row(
            {side.server.name, median(side.occupied), median(side.joined), median(side.delivery)});
    report.mark("a subscribe to a channel of 100, on to off",
                median(sides[1].joined) / median(sides[0].joined), Report::Wanted::AtMost, 1.1);
    report.mark("a delivery, on to off", median(sides[1].delivery) / median(sides[0].delivery),
                Report::Wanted::AtMost, 1.1);
    report.finish(options);
}

} // namespace

void webhooks(const Options &options) {
    workersCost(options);
    deliveries(options);
}

} // namespace pregon::bench
