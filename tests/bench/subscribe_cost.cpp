// What a subscribe costs pregon-worker, in channels of few and of many members. Run by
// scenario_subscribe_cost. usage: subscribe_cost CONFIG-FILE WORKER-PID MEMBERS
//
// All channels live in one worker at the same time, so that nothing differs between two lines of
// the table but the channel. Members join, then newcomers, connected before, subscribe and
// unsubscribe again and again; the worker's CPU time (user and system) is what is measured.

#include "shared/daemon.h"
#include "shared/hmac_signer.h"
#include "tests/bench/crowd.h"


namespace {

using namespace pregon;
using namespace pregon::bench;

constexpr std::size_t kFew = 10;
constexpr std::size_t kNewcomers = 8; // fewer than kFew: each comes as a user who is in already
constexpr std::size_t kPairsPerBatch = 4;
constexpr std::size_t kRounds = 3;
constexpr std::size_t kSpareFiles = 64;
struct Room {
    const char *kind;
    std::string channel;
    std::size_t members;
    std::size_t pairs;      ///< of subscribe and unsubscribe, per newcomer and round
    std::string userInfo{}; ///< of each member; empty: none

    std::vector<double> microseconds{}; ///< CPU per pair, one of each round
    std::size_t bytes = 0;              ///< of one confirmation

    double median() const {
        auto sorted = microseconds;
        std::ranges::sort(sorted);
        return sorted[sorted.size() / 2];
    }
};

std::string subscribeFrame(const Client &client, const App &app, const Room &room, std::size_t user,
                           const std::string &userInfo = {}) {
    std::string data = R"({"channel":)" + quoted(room.channel);
    if (room.channel.starts_with("presence-")) {
        const std::string member = R"({"user_id":")" + std::to_string(user) + '"' +
                                   (userInfo.empty() ? "" : R"(,"user_info":)") + userInfo + '}';
        const std::string signature =
            HmacSigner(app.secret).sign(client.socketId + ":" + room.channel + ":" + member);
        data += R"(,"auth":)" + quoted(app.key + ":" + signature) + R"(,"channel_data":)" +
                quoted(member);
    }
    return maskedFrame(R"({"event":"pusher:subscribe","data":)" + data + "}}");
}

std::string unsubscribeFrame(const Room &room) {
    return maskedFrame(R"({"event":"pusher:unsubscribe","data":{"channel":)" +
                       quoted(room.channel) + "}}");
}

void fill(Crowd &crowd, const Clients &members, const Room &room) {
    for (std::size_t next = 0; next < room.members;) {
        const std::size_t end = std::min(next + kJoinsAtATime, room.members);
        const std::size_t wanted = total(members, &Client::confirmations) + end - next;
        for (; next < end; next++)
            members[next]->send(
                subscribeFrame(*members[next], crowd.app(), room, next, room.userInfo));
        crowd.readUntil([&] { return total(members, &Client::confirmations) == wanted; });
    }
}

void measure(Crowd &crowd, const Clients &newcomers, Room &room, pid_t worker) {
    std::vector<std::string> batches;
    for (std::size_t i = 0; i < newcomers.size(); i++) {
        const std::string pair =
            subscribeFrame(*newcomers[i], crowd.app(), room, i) + unsubscribeFrame(room);
        std::string batch;
        for (std::size_t n = 0; n < kPairsPerBatch; n++)
            batch += pair;
        batches.push_back(std::move(batch));
    }
    const std::size_t bytes = total(newcomers, &Client::confirmationBytes);
    std::size_t wanted = total(newcomers, &Client::confirmations);
    const double before = cpuOf(worker);
    for (std::size_t done = 0; done < room.pairs; done += kPairsPerBatch) {
        for (std::size_t i = 0; i < newcomers.size(); i++)
            newcomers[i]->send(batches[i]);
        wanted += newcomers.size() * kPairsPerBatch;
        crowd.readUntil([&] { return total(newcomers, &Client::confirmations) == wanted; });
    }
    settle(crowd, newcomers);
    const auto pairs = static_cast<double>(newcomers.size() * room.pairs);
    room.microseconds.push_back((cpuOf(worker) - before) / 1000 / pairs);
    room.bytes =
        (total(newcomers, &Client::confirmationBytes) - bytes) / (newcomers.size() * room.pairs);
}

/// What a list of `members` users without user_info takes, as the user_info of kFew: about as many
/// bytes, with about as many characters that JSON escapes.
std::string shareOfList(std::size_t members) {
    constexpr std::size_t kBytesOfUser = 22, kBytesOfElement = 23;
    std::string json = "[null";
    for (std::size_t i = 0; i < members * kBytesOfUser / kBytesOfElement / kFew; i++)
        json += R"(,"1234","1234",null)";
    return json + "]";
}

void print(const std::vector<Room> &rooms) {
    for (const Room &room : rooms)
        std::printf("subscribe_cost  %-9s %6zu members  %8.2f us CPU  %7zu bytes confirmed%s\n",
                    room.kind, room.members, room.median(), room.bytes,
                    room.userInfo.empty() ? "" : "  (user_info as long as the list above)");
    const auto ratio = [&](std::size_t more, std::size_t less) {
        return rooms[more].median() / rooms[less].median();
    };
    std::printf("subscribe_cost  us: the worker's user and system time of one subscribe and its "
                "unsubscribe, sockets included; median of %zu rounds\n"
                "subscribe_cost  ratio %zu to %zu members: public %.2f; presence, with a list of "
                "as many bytes, %.2f\n",
                kRounds, rooms[1].members, kFew, ratio(1, 0), ratio(3, 4));
    std::printf(R"({"scenario":"subscribe_cost","members":%zu,"few":%zu,"public_few_us":%.2f,)"
                R"("public_us":%.2f,"public_ratio":%.3f,"presence_few_us":%.2f,)"
                R"("presence_us":%.2f,"presence_bytes":%zu,"same_bytes_few_us":%.2f,)"
                R"("same_bytes":%zu,"presence_ratio_same_bytes":%.3f})"
                "\n",
                rooms[1].members, kFew, rooms[0].median(), rooms[1].median(), ratio(1, 0),
                rooms[2].median(), rooms[3].median(), rooms[3].bytes, rooms[4].median(),
                rooms[4].bytes, ratio(3, 4));
}

void run(const std::string &configFile, pid_t worker, std::size_t wanted) {
    const std::size_t files = raiseFileLimit();
    const std::size_t many = std::min(wanted, files - std::min(files, kNewcomers + kSpareFiles));
    if (many < wanted)
        std::printf("subscribe_cost  only %zu of %zu members: no more descriptors\n", many, wanted);
    if (many < kFew)
        fail("too few members");
    std::vector<Room> rooms{{"public", "tienda-few", kFew, 2000},
                            {"public", "tienda-many", many, 2000},
                            {"presence", "presence-few", kFew, 2000},
                            {"presence", "presence-many", many, 24},
                            {"presence", "presence-long", kFew, 24, shareOfList(many)}};
    Crowd crowd(orFail(loadAppConfig(configFile)));
    const Clients members = crowd.connect(many);
    const Clients newcomers = crowd.connect(kNewcomers);
    for (const Room &room : rooms)
        fill(crowd, members, room);
    settle(crowd, members);
    const std::size_t others = total(members, &Client::others);
    for (std::size_t round = 0; round < kRounds; round++)
        for (Room &room : rooms)
            measure(crowd, newcomers, room, worker);
    settle(crowd, members);
    if (total(members, &Client::others) != others)
        fail("members were told of newcomers: that is not what was to be measured");
    print(rooms);
}

} // namespace

int main(int argc, char **argv) {
    if (argc != 4)
        fail("usage: subscribe_cost CONFIG-FILE WORKER-PID MEMBERS");
    run(argv[1], static_cast<pid_t>(number(argv[2])), number(argv[3]));
    return 0;
}
