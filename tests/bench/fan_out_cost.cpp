// What a delivery costs pregon-worker, beside loops that do nothing but send. Run by
// scenario_fan_out_cost. usage: fan_out_cost CONFIG-FILE WORKER-PID SUBSCRIBERS
//
// The same clients of the same process read from all senders in turn: the worker, a process with
// one send() per socket and event, and one that sends by io_uring. All send the same bytes, and the
// sender's CPU time (user and system) is what is measured.

#include "shared/daemon.h"
#include "shared/worker_client.h"
#include "tests/bench/bare_sender.h"
#include "tests/bench/crowd.h"

#include <atomic>
#include <map>
#include <thread>

namespace {

using namespace pregon;
using namespace pregon::bench;

constexpr std::size_t kRounds = 5;
constexpr std::size_t kDeliveries = 400'000; ///< of each measurement, about
constexpr std::size_t kSpareFiles = 128;
constexpr const char *kChannel = "tienda";

struct Load {
    std::size_t publishers;
    std::size_t window; ///< events that a publisher has under way
};
constexpr Load kLoads[] = {{1, 1}, {1, 4}, {1, 16}, {1, 64}, {8, 1}, {8, 64}};

/// 128 bytes of data, as the application would publish them.
PublishMessage event(const App &app) {
    PublishMessage message;
    message.appId = app.id;
    message.eventJson = quoted("PaymentReceived");
    message.dataJson = quoted(std::string(128, 'x'));
    message.channels = {kChannel};
    return message;
}

class Worker {
  public:
    Worker(Crowd &crowd, pid_t pid, std::size_t subscribers)
        : crowd_(crowd), pid_(pid), clients_(crowd.connect(subscribers)) {
        for (std::size_t next = 0; next < subscribers;) {
            const std::size_t end = std::min(next + kJoinsAtATime, subscribers);
            for (; next < end; next++)
                clients_[next]->send(maskedFrame(
                    R"({"event":"pusher:subscribe","data":{"channel":)" + quoted(kChannel) + "}}"));
            crowd.readUntil([&] { return total(clients_, &Client::confirmations) == end; });
        }
    }

    /// Nanoseconds of CPU per delivery.
    double measure(const Load &load, std::size_t events) {
        const std::size_t turns = std::max<std::size_t>(1, events / load.publishers / load.window);
        const std::size_t count = turns * load.window * load.publishers * clients_.size();
        const std::size_t wanted = total(clients_, &Client::others) + count;
        const double before = cpuOf(pid_);
        std::vector<std::thread> publishers;
        for (std::size_t i = 0; i < load.publishers; i++)
            publishers.emplace_back([&] { publish(load.window, turns); });
        crowd_.readUntil([&] { return total(clients_, &Client::others) == wanted; });
        for (std::thread &publisher : publishers)
            publisher.join();
        return (cpuOf(pid_) - before) / static_cast<double>(count);
    }

    std::size_t frameBytes() const { return clients_.front()->lastFrameBytes; }

  private:
    void publish(std::size_t window, std::size_t turns) {
        WorkerClient worker(crowd_.config().ipcSocket, std::chrono::seconds(30));
        const std::vector<PublishMessage> events(window, event(crowd_.app()));
        for (std::size_t turn = 0; turn < turns; turn++)
            orFail(worker.publishAll(events));
    }

    Crowd &crowd_;
    pid_t pid_;
    Clients clients_;
};

struct Row {
    Load load;
    std::map<std::string, std::vector<double>> nanoseconds; ///< by sender
    double median(const std::string &sender) const {
        auto sorted = nanoseconds.at(sender);
        std::ranges::sort(sorted);
        return sorted[sorted.size() / 2];
    }
};

void print(const std::vector<Row> &rows, std::size_t subscribers, std::size_t bytes) {
    std::printf("fan_out  %zu subscribers, frames of %zu bytes: deliveries per CPU-second, median of "
                "%zu rounds\n"
                "fan_out  publishers window     worker      send()    io_uring   /send()  /io_uring\n",
                subscribers, bytes, kRounds);
    for (const Row &row : rows) {
        const double worker = 1e9 / row.median("worker"), plain = 1e9 / row.median("send"),
                     ring = row.nanoseconds.contains("io_uring") ? 1e9 / row.median("io_uring") : 0;
        std::printf("fan_out  %10zu %6zu %10.0f  %10.0f  %10.0f  %8.2f  %9.2f\n", row.load.publishers,
                    row.load.window, worker, plain, ring, worker / plain,
                    ring > 0 ? worker / ring : 0);
        std::printf(R"({"scenario":"fan_out","subscribers":%zu,"publishers":%zu,"window":%zu,)"
                    R"("worker_per_cpu_s":%.0f,"send_per_cpu_s":%.0f,"io_uring_per_cpu_s":%.0f,)"
                    R"("ratio":%.3f})"
                    "\n",
                    subscribers, row.load.publishers, row.load.window, worker, plain, ring,
                    worker / plain);
    }
}

void run(const std::string &configFile, pid_t pid, std::size_t subscribers) {
    if (raiseFileLimit() < 3 * subscribers + kSpareFiles)
        fail("too few descriptors for " + std::to_string(subscribers) + " subscribers");
    Crowd crowd(orFail(loadAppConfig(configFile)));
    Worker worker(crowd, pid, subscribers);
    (void)worker.measure({1, 1}, 1);
    std::map<std::string, std::unique_ptr<BareSender>> bare;
    bare["send"] = std::make_unique<BareSender>(BareSender::Way::Send, subscribers,
                                                worker.frameBytes());
    if (BareSender::hasIoUring())
        bare["io_uring"] = std::make_unique<BareSender>(BareSender::Way::IoUring, subscribers,
                                                        worker.frameBytes());
    std::vector<Row> rows;
    for (const Load &load : kLoads)
        rows.push_back({load, {}});
    for (std::size_t round = 0; round < kRounds; round++)
        for (Row &row : rows) {
            const std::size_t events = kDeliveries / subscribers;
            row.nanoseconds["worker"].push_back(worker.measure(row.load, events));
            for (auto &[name, sender] : bare)
                row.nanoseconds[name].push_back(sender->measure(events));
        }
    print(rows, subscribers, worker.frameBytes());
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 4)
        fail("usage: fan_out_cost CONFIG-FILE WORKER-PID SUBSCRIBERS");
    run(argv[1], static_cast<pid_t>(number(argv[2])), number(argv[3]));
    return 0;
}
