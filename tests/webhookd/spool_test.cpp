// SPDX-License-Identifier: MIT
#include "webhookd/endpoint_state.h"
#include "webhookd/spool_file.h"
#include "webhookd/spool_record.h"

#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

WaitingBody body(const std::string &id, const std::vector<std::string> &states = {}) {
    WaitingBody made;
    made.id = id;
    made.timeMs = 1700000000000;
    made.origin = "w";
    made.number = 7;
    made.events = 1;
    made.states = states;
    made.text = "{}";
    return made;
}

EndpointState replayed(const std::string &content) {
    EndpointState state;
    const auto scan = scanSpool(
        content, [&](SpoolKind kind, std::string_view fields) { state.replay(kind, fields); });
    CHECK(scan.has_value());
    return state;
}

} // namespace

TEST_GROUP(SpoolRecord) {
    std::string content = std::string(kSpoolHead);
    std::vector<SpoolKind> kinds;

    SpoolScan scan() {
        const auto result =
            scanSpool(content, [&](SpoolKind kind, std::string_view) { kinds.push_back(kind); });
        CHECK(result.has_value());
        return *result;
    }
};

TEST(SpoolRecord, ComesBackAsItWasWritten) {
    content += encodeRecord(SpoolKind::Mark, SpoolMark{"w", 9});

    SpoolMark mark;
    CHECK(scanSpool(content, [&](SpoolKind, std::string_view bytes) {
              FieldReader fields(bytes);
              fields(mark);
          }).has_value());
    STRCMP_EQUAL("w", mark.origin.c_str());
    LONGS_EQUAL(9, mark.number);
}

TEST(SpoolRecord, HalfWrittenAtTheEndIsLeftOut) {
    content += encodeRecord(SpoolKind::Mark, SpoolMark{"w", 9});
    const std::size_t whole = content.size();
    const std::string last = encodeRecord(SpoolKind::Body, static_cast<SpoolBody>(body("x")));

    for (std::size_t size = 1; size < last.size(); size++) {
        content.resize(whole);
        content += last.substr(0, size);
        kinds.clear();
        const SpoolScan result = scan();
        LONGS_EQUAL(1, result.records);
        LONGS_EQUAL(whole, result.end);
    }
}

TEST(SpoolRecord, BehindADamagedOneIsFound) {
    for (int i = 0; i < 3; i++)
        content += encodeRecord(SpoolKind::Mark, SpoolMark{"w", 9});
    content[kSpoolHead.size() + 6] ^= 1;

    const SpoolScan result = scan();

    LONGS_EQUAL(2, result.records);
    CHECK(result.damaged > 0);
    LONGS_EQUAL(content.size(), result.end);
}

TEST(SpoolRecord, OfAnotherVersionIsRefused) {
    CHECK(!scanSpool("pregon webhook spool 9\n", [](SpoolKind, std::string_view) {}));
}

TEST_GROUP(EndpointState) {
    EndpointState state;

    std::string written() {
        return std::string(kSpoolHead) + state.unwritten();
    }
};

TEST(EndpointState, IsTheSameAfterItsRecordsAreReadAgain) {
    state.belongsTo({"app", "https://h/"});
    state.keys().tell("a", true);
    state.addBody(body("1", {"+a"}));
    state.keys().tell("a", false);
    state.addBody(body("2", {"-a"}));
    state.keys().tell("b", true);
    state.setState("b", true);
    state.mark("w", 12);
    state.delivered(state.waiting().find("1"));

    EndpointState again = replayed(written());

    STRCMP_EQUAL("https://h/", again.owner().url.c_str());
    LONGS_EQUAL(1, again.waiting().bodies());
    CHECK(again.waiting().begin()->isStored);
    STRCMP_EQUAL("2", again.waiting().begin()->id.c_str());
    CHECK(!again.keys().there().contains("a"));
    CHECK(again.keys().there().contains("b"));
    LONGS_EQUAL(12, again.markOf("w"));
    LONGS_EQUAL(0, again.markOf("other"));
}

TEST(EndpointState, IsTheSameAfterASnapshot) {
    state.belongsTo({"app", "https://h/"});
    state.keys().tell("a", true);
    state.addBody(body("1", {"+a"}));
    state.addBody(body("2", {"+c"}));
    state.keys().tell("c", true);
    state.keys().tell("c", false);
    state.setState("c", false);
    state.keys().tell("b", true);
    state.restart();
    state.keys().dropped("d", true);

    EndpointState again = replayed(state.snapshot());

    LONGS_EQUAL(2, again.waiting().bodies());
    LONGS_EQUAL(2, again.keys().there().size());
    CHECK(!again.keys().there().contains("c"));
    CHECK(again.keys().isInDoubt("a"));
    CHECK(again.keys().isInDoubt("b"));
    CHECK(again.keys().isBelieved("d", false));
    LONGS_EQUAL(7, again.markOf("w"));
}

TEST(EndpointState, KeepsWhatARestartHasPutInDoubt) {
    state.keys().tell("a", true);
    state.setState("a", true);
    state.restart();

    EndpointState again = replayed(written());

    CHECK(again.keys().isInDoubt("a"));
}

TEST(EndpointState, ForgetsTheMarksOfWorkersThatAreLongGone) {
    for (int i = 0; i < 20; i++)
        state.mark("w" + std::to_string(i), 5);

    LONGS_EQUAL(0, state.markOf("w0"));
    LONGS_EQUAL(5, state.markOf("w19"));
}

TEST_GROUP(SpoolFile) {
    std::string directory;
    void setup() override {
        std::string pattern = "/tmp/pregon-spool-XXXXXX";
        directory = ::mkdtemp(pattern.data());
    }
    void teardown() override {
        std::filesystem::remove_all(directory);
    }
    std::string path() const {
        return directory + "/a.spool";
    }
};

TEST(SpoolFile, IsReadAgainAfterItWasClosed) {
    {
        auto file = SpoolFile::open(path());
        CHECK(file && file->append("one") && file->append("two") && file->sync());
    }
    const auto file = SpoolFile::open(path());

    STRCMP_EQUAL("onetwo", file->read()->c_str());
    LONGS_EQUAL(6, file->size());
}

TEST(SpoolFile, IsForItsOwnerAlone) {
    const auto file = SpoolFile::open(path());
    CHECK(file.has_value());
    struct stat status {};
    ::stat(path().c_str(), &status);

    LONGS_EQUAL(0600, status.st_mode & 0777);
}

TEST(SpoolFile, HasItsNewContentInOneStep) {
    auto file = SpoolFile::open(path());
    CHECK(file && file->append("old") && file->replace("new") && file->append("er"));

    STRCMP_EQUAL("newer", SpoolFile::open(path())->read()->c_str());
    CHECK(!std::filesystem::exists(path() + ".new"));
}

TEST(SpoolFile, SaysWhyItCannotBeOpened) {
    const auto file = SpoolFile::open(directory + "/none/a.spool");

    CHECK(!file && file.error().reason.find("none/a.spool") != std::string::npos);
}
