// SPDX-License-Identifier: MIT
#include "ctl/command/printable.h"
#include "ctl/worker/event_commands.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(EventText) {
    static constexpr std::int64_t kNow = 1795510860; // 2026-11-24 09:01:00 UTC
    const TailEvent event{"1", "news", "",
                          3,   0,      R"({"event":"Paid","data":"{\"id\":42}","channel":"news"})"};
};

TEST(EventText, IsOneLineForPeople) {
    STRCMP_EQUAL(R"(2026-11-24 09:01:00 1 news Paid {"id":42} (to 3))",
                 describeEvent(event, kNow).c_str());
}

TEST(EventText, NamesTheSenderAndShowsDataOfAnyKind) {
    const TailEvent said{"1", "news", "1.2", 3, 0, R"({"event":"client-a","data":{"b":[1]}})"};

    STRCMP_EQUAL(R"(2026-11-24 09:01:00 1 news client-a {"b":[1]} from 1.2 (to 3))",
                 describeEvent(said, kNow).c_str());
}

TEST(EventText, MovesNoCursor) {
    TailEvent nasty = event;
    nasty.messageJson = R"({"event":"a\nb","data":"\u001b[2J\u009b\u007f"})";

    STRCMP_EQUAL(R"(2026-11-24 09:01:00 1 news a\x0ab \x1b[2J\xc2\x9b\x7f (to 3))",
                 describeEvent(nasty, kNow).c_str());
}

TEST(EventText, ShowsAMessageThatCannotBeTakenApartAsItIs) {
    TailEvent zero = event;
    zero.messageJson = R"({"event":"a","data":"\u0000"})";

    STRCMP_EQUAL(R"(2026-11-24 09:01:00 1 news {"event":"a","data":"\u0000"} (to 3))",
                 describeEvent(zero, kNow).c_str());
}

TEST(EventText, AsJsonHasTheMessageAsTheClientsGetIt) {
    STRCMP_EQUAL(R"({"time":1795510860,"app":"1","channel":"news","sender":null,"deliveries":3,)"
                 R"("message":{"event":"Paid","data":"{\"id\":42}","channel":"news"}})",
                 eventJson(event, kNow).c_str());
}

TEST(EventText, TellsWhatWasMissed) {
    TailEvent late = event;
    late.dropped = 2;
    CHECK_TRUE(describeEvent(late, kNow).starts_with("2026-11-24 09:01:00 2 events missed: "));
    CHECK_TRUE(eventJson(late, kNow).starts_with("{\"time\":1795510860,\"dropped\":2}\n{"));
    late.messageJson = "";
    STRCMP_EQUAL("{\"time\":1795510860,\"dropped\":2}", eventJson(late, kNow).c_str());
    CHECK_TRUE(describeEvent(late, kNow).find('\n') == std::string::npos);
}

TEST(EventText, TablesAreAligned) {
    STRCMP_EQUAL("A     B\nlong  c\n", aligned({{"A", "B"}, {"long", "c"}}).c_str());
}
