// SPDX-License-Identifier: MIT

// Recovery against what it promises, over random lives of many pages: every event of a channel that
// a page is subscribed to is handled at least once, in order, or a gap is told for it; and none of
// a channel that the page is not subscribed to. PREGON_MODEL_SEED repeats a run, PREGON_MODEL_STEPS
// makes it longer.

#include "tests/worker/recovery/recovery_world.h"

#include <cstdlib>
#include <map>
#include <optional>
#include <random>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

constexpr std::size_t kPages = 8, kChannels = 4;

std::uint64_t fromEnvironment(const char *name, std::uint64_t otherwise) {
    const char *value = std::getenv(name);
    return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

struct Model;

/// One connection of a page: what the server has queued for it, in order.
struct Link final : ResumableClient {
    struct Item {
        enum class Kind { Event, Ping, Gap, Replay } kind;
        std::size_t channel = 0;
        std::size_t number = 0; ///< of the event, or how many there were when a gap was told
    };

    Link(Model &all, std::size_t owner, const std::string &id)
        : ResumableClient(id), socketId(id), model(all), page(owner) {}

    void send(const Frame &frame) override;
    bool hasRoomFor(std::size_t) const override;
    void closeForSuccessor() override { isLost = true; }
    std::vector<std::string> channels() const override {
        std::vector<std::string> names;
        for (const std::size_t channel : subscribed)
            names.push_back("channel-" + std::to_string(channel));
        return names;
    }

    const std::string socketId;
    Model &model;
    std::size_t page;
    std::deque<Item> queue;
    std::set<std::size_t> subscribed; ///< as the server has it
    bool isLost = false;              ///< the page has gone; the server may not know yet
};

struct PageLife {
    std::string token;
    std::unique_ptr<Link> link;                 ///< null: away
    std::set<std::size_t> wanted;               ///< channels
    std::map<std::size_t, std::size_t> handled; ///< by channel: the next event that is due
    bool isAnswering = true;
};

struct Model {
    std::mt19937_64 random;
    RecoveryWorld world;
    std::vector<std::vector<std::string>> events{kChannels}; ///< what each event excepts
    std::vector<PageLife> pages{kPages};
    std::vector<std::unique_ptr<Link>> zombies; ///< lost, and the server does not know
    std::vector<std::vector<std::string>> sockets{kPages};
    std::size_t lastSocket = 0, replayed = 0, gaps = 0;
    std::string fault;

    explicit Model(std::uint64_t seed) : random(seed) {
        world.change(&RecoveryLimits::events, 12);
        for (std::size_t i = 0; i < kPages; i++)
            born(i);
    }
    std::size_t below(std::size_t limit) { return random() % limit; }

    void born(std::size_t page) {
        pages[page] = {};
        sockets[page].clear();
        pages[page].token = tokenMadeAt(world.clock.milliseconds(),
                                        std::to_string(page) + "-" + std::to_string(++lastSocket));
    }

    // --- the page's side ---
    void connect(std::size_t number) {
        PageLife &page = pages[number];
        lose(number);
        const std::string id = std::to_string(1 + number) + "." + std::to_string(++lastSocket);
        page.link = std::make_unique<Link>(*this, number, id);
        sockets[number].push_back(id);
        page.isAnswering = below(8) != 0;
        const std::string text = "key~" + page.token;
        world.recovery->opened(*page.link, splitKey(text)->token);
    }
    void lose(std::size_t number) {
        if (pages[number].link == nullptr)
            return;
        pages[number].link->isLost = true;
        zombies.push_back(std::move(pages[number].link));
    }
    void subscribe(std::size_t number, std::size_t channel) {
        PageLife &page = pages[number];
        if (page.link == nullptr || page.link->isLost)
            return;
        page.wanted.insert(channel);
        if (!page.handled.contains(channel))
            page.handled[channel] = events[channel].size();
        page.link->subscribed.insert(channel);
        world.recovery->subscribed(*page.link, "channel-" + std::to_string(channel), {});
    }
    void unsubscribe(std::size_t number, std::size_t channel) {
        PageLife &page = pages[number];
        if (page.link == nullptr || page.link->isLost || !page.link->subscribed.contains(channel))
            return;
        page.wanted.erase(channel);
        page.handled.erase(channel);
        page.link->subscribed.erase(channel);
        world.recovery->unsubscribed(*page.link, "channel-" + std::to_string(channel));
    }
    void handle(std::size_t number, std::size_t most) {
        PageLife &page = pages[number];
        if (page.link != nullptr && page.link->isLost) { // closed by the server
            lose(number);
            return;
        }
        for (; page.link != nullptr && most > 0 && !page.link->queue.empty(); most--) {
            const Link::Item item = page.link->queue.front();
            page.link->queue.pop_front();
            handle(number, item);
        }
    }
    void handle(std::size_t number, const Link::Item &item) {
        PageLife &page = pages[number];
        const auto due = page.handled.find(item.channel);
        switch (item.kind) {
        case Link::Item::Kind::Ping:
            if (page.isAnswering)
                world.recovery->ponged(*page.link);
            return;
        case Link::Item::Kind::Replay:
            replayed++;
            return;
        case Link::Item::Kind::Gap:
            gaps++;
            if (due != page.handled.end())
                due->second = std::max(due->second, item.number);
            return;
        case Link::Item::Kind::Event:
            if (due == page.handled.end())
                return; // it has left the channel meanwhile
            expect(number, item.channel, item.number);
            due->second = std::max(due->second, item.number + 1);
        }
    }
    /// Everything before that event has been handled.
    void expect(std::size_t number, std::size_t channel, std::size_t event) {
        for (std::size_t i = pages[number].handled[channel]; i < event; i++)
            if (!isOwn(number, channel, i))
                fault = "page " + std::to_string(number) + " has missed event " +
                        std::to_string(i) + " of channel " + std::to_string(channel);
    }
    bool isOwn(std::size_t number, std::size_t channel, std::size_t event) const {
        const auto &ids = sockets[number];
        return std::find(ids.begin(), ids.end(), events[channel][event]) != ids.end();
    }

    // --- the server's side ---
    void publish(std::size_t channel, const std::string &except) {
        const std::string text =
            "E" + std::to_string(channel) + " " + std::to_string(events[channel].size());
        events[channel].push_back(except);
        const Frame frame = textFrame(text);
        forEachLink([&](Link &link) {
            if (link.subscribed.contains(channel) && link.socketId != except)
                link.send(frame);
        });
        world.recovery->published("channel-" + std::to_string(channel), frame, except);
    }
    template <class Visit>
    void forEachLink(Visit visit) {
        for (PageLife &page : pages)
            if (page.link != nullptr)
                visit(*page.link);
        for (const auto &zombie : zombies)
            visit(*zombie);
    }
    void bury(std::size_t which) {
        world.recovery->ended(*zombies[which], "192.0.2.1");
        zombies.erase(zombies.begin() + static_cast<std::ptrdiff_t>(which));
    }
    /// All connections and states go over to a new worker.
    void upgrade() {
        const RecoveryState state = sentOver(world.recovery->state());
        std::map<Link *, ResumableState> states;
        forEachLink([&](Link &link) {
            const ResumableState of = Recovery::state(link);
            states.emplace(&link, of.token.empty() ? of : sentOver(of));
        });
        const std::int64_t uptime = world.pool->unixSeconds() - world.pool->coldStart();
        forEachLink([&](Link &link) { world.recovery->ended(link, ""); });
        fresh();
        world.pool->countFrom(uptime);
        forEachLink([&](Link &link) { world.recovery->resume(link, states[&link]); });
        world.recovery->resume(state);
    }
    /// The worker dies; the next one knows nothing.
    void kill() {
        for (std::size_t i = 0; i < kPages; i++)
            lose(i);
        while (!zombies.empty())
            bury(0);
        fresh();
    }
    void fresh() {
        world.recovery.reset();
        world.pool = std::make_unique<RecoveryPool>();
        world.pool->begin(world.clock, world.limits);
        world.recovery = std::make_unique<Recovery>(*world.pool);
    }

    void step() {
        const std::size_t page = below(kPages), channel = below(kChannels), what = below(1000);
        if (what < 300)
            publish(channel, below(6) == 0 && pages[page].link ? pages[page].link->socketId : "");
        else if (what < 600)
            handle(page, 1 + below(20));
        else if (what < 700)
            pages[page].link == nullptr ? connect(page) : subscribe(page, channel);
        else if (what < 780)
            resubscribe(page);
        else if (what < 830)
            lose(page);
        else if (what < 890 && !zombies.empty())
            bury(below(zombies.size()));
        else if (what < 900)
            unsubscribe(page, channel);
        else if (what < 960)
            world.pass(static_cast<int>(1 + below(6)));
        else if (what < 962)
            world.pass(130);
        else if (what < 964)
            born(anew(page));
        else if (what < 980)
            upgrade();
        else if (what < 982)
            kill();
        else if (what < 984)
            world.recovery->breakRings();
        else if (what < 990)
            connect(page);
    }
    std::size_t anew(std::size_t page) {
        lose(page);
        return page;
    }
    /// As client libraries do once they are connected, channel by channel.
    void resubscribe(std::size_t page) {
        const auto wanted = pages[page].wanted;
        for (const std::size_t channel : wanted)
            if (below(4) != 0)
                subscribe(page, channel);
    }

    /// Every page comes back and handles all there is: nothing is outstanding then.
    void settle() {
        for (std::size_t i = 0; i < kPages; i++) {
            connect(i);
            pages[i].isAnswering = true;
            for (const std::size_t channel : std::set(pages[i].wanted))
                subscribe(i, channel);
        }
        for (std::size_t channel = 0; channel < kChannels; channel++)
            publish(channel, "");
        for (std::size_t i = 0; i < kPages; i++) {
            handle(i, SIZE_MAX);
            for (const auto &[channel, next] : pages[i].handled)
                if (next != events[channel].size())
                    fault = "page " + std::to_string(i) +
                            " has not seen the last event of channel " + std::to_string(channel);
        }
        while (!zombies.empty())
            bury(0);
    }
    ~Model() {
        forEachLink([&](Link &link) { world.recovery->ended(link, ""); });
    }
};

void Link::send(const Frame &frame) {
    const std::string text = describe(std::string(frame.bytes()));
    Item item{Item::Kind::Ping, 0, 0};
    if (text.starts_with("E")) {
        const std::size_t space = text.find(' ');
        item = {Item::Kind::Event, std::stoul(text.substr(1, space)),
                std::stoul(text.substr(space))};
        if (!subscribed.contains(item.channel))
            model.fault = "an event of a channel that was not subscribed: " + text;
    } else if (const std::size_t name = text.find("channel-"); name != std::string::npos) {
        item.channel = std::stoul(text.substr(name + 8));
        item.kind =
            text.find("pregon:gap") != std::string::npos ? Item::Kind::Gap : Item::Kind::Replay;
        item.number = model.events[item.channel].size();
    }
    if (!isLost)
        queue.push_back(item);
}

bool Link::hasRoomFor(std::size_t) const {
    return model.random() % 20 != 0;
}

} // namespace

TEST_GROUP(RecoveryModel){};

TEST(RecoveryModel, EveryEventIsSeenInOrderOrAGapIsTold) {
    constexpr std::uint64_t kRuns = 40, kSteps = 2500;
    const std::uint64_t seed = fromEnvironment("PREGON_MODEL_SEED", std::random_device()());
    const std::uint64_t steps = fromEnvironment("PREGON_MODEL_STEPS", kSteps);
    std::size_t replayed = 0, gaps = 0;
    for (std::uint64_t run = 0; run < kRuns; run++) {
        Model model(seed + run);
        for (std::uint64_t step = 0; step < steps && model.fault.empty(); step++)
            model.step();
        if (model.fault.empty())
            model.settle();
        if (!model.fault.empty())
            FAIL(("PREGON_MODEL_SEED=" + std::to_string(seed + run) + ": " + model.fault).c_str());
        replayed += model.replayed;
        gaps += model.gaps;
    }
    CHECK_TRUE(replayed > 100); // it has been tried
    CHECK_TRUE(gaps > 100);
}
