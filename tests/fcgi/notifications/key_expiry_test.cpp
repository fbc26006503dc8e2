// SPDX-License-Identifier: MIT
#include "fcgi/notifications/key_expiry.h"

#include "tests/fcgi/notifications/stores_to_test.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

constexpr std::int64_t kHalfHour = 1800;
constexpr std::int64_t kDay = 86400;

/// An outbox with one key in it, of a request just now.
struct KeptKey {
    explicit KeptKey(DatabaseKind kind) : shops(kind) {
        const std::string now = "'" + formatSqlTime(shops.clock.unixSeconds()) + "'";
        shops.execute("INSERT INTO pregon_outbox (channel, event, data, created_at, published_at, "
                      "idempotency_key) VALUES ('c', 'e', 'd', " +
                      now + ", " + now + ", 'key')");
    }

    bool isKept() {
        return shops.value("SELECT count(*) FROM pregon_outbox WHERE idempotency_key = 'key'") ==
               "1";
    }
    std::string marks() {
        return shops.value("SELECT count(*) FROM pregon_outbox WHERE event = 'pregon:mark'");
    }
    /// Half hours pass, in each of which every process looks once.
    template <class... Processes>
    void pass(std::int64_t halfHours, Processes &...processes) {
        for (std::int64_t i = 0; i < halfHours; i++) {
            shops.clock.advance(kHalfHour);
            const bool isDone = (processes.work(outbox).has_value() && ...);
            CHECK_TRUE(isDone);
        }
    }

    DemoShops shops;
    OutboxStore outbox{shops.database};
};

} // namespace

TEST_GROUP(KeyExpiryOnEveryDatabase){};

TEST(KeyExpiryOnEveryDatabase, ForgetsAKeyAfterADay) {
    for (const DatabaseKind kind : storesToTest()) {
        KeptKey kept(kind);
        KeyExpiry expiry(kept.shops.clock);
        CHECK_TRUE(expiry.work(kept.outbox).has_value());

        kept.pass(KeyExpiry::kMarks, expiry);
        CHECK_TRUE_TEXT(kept.isKept(), nameOf(kind));
        kept.pass(1, expiry);
        CHECK_FALSE_TEXT(kept.isKept(), nameOf(kind));

        kept.pass(KeyExpiry::kMarks, expiry); // the marks do not pile up
        STRCMP_EQUAL(std::to_string(KeyExpiry::kMarks + 1).c_str(), kept.marks().c_str());
    }
}

TEST(KeyExpiryOnEveryDatabase, KeepsAKeyWhateverTheClockIsSetTo) {
    for (const DatabaseKind kind : storesToTest())
        for (const std::int64_t jump : {kDay, 400 * kDay, -kDay, -10 * 365 * kDay}) {
            KeptKey kept(kind);
            KeyExpiry expiry(kept.shops.clock);
            kept.pass(2, expiry);
            kept.shops.clock.jump(jump);
            kept.pass(2, expiry);
            KeyExpiry restarted(kept.shops.clock);
            kept.pass(2, restarted);
            kept.shops.clock.jump(-jump);
            kept.pass(2, restarted);
            CHECK_TRUE_TEXT(kept.isKept(), nameOf(kind));
        }
}

TEST(KeyExpiryOnEveryDatabase, ProcessesWithOneDatabaseMarkTogether) {
    for (const DatabaseKind kind : storesToTest()) {
        KeptKey kept(kind);
        KeyExpiry first(kept.shops.clock), second(kept.shops.clock);
        kept.pass(1, first, second);
        kept.pass(KeyExpiry::kMarks, first, second);
        CHECK_TRUE_TEXT(kept.isKept(), nameOf(kind));
        CHECK_TRUE(std::stoll(kept.marks()) > 0);
        CHECK_TRUE(std::stoll(kept.marks()) <= KeyExpiry::kMarks);
    }
}

TEST(KeyExpiryOnEveryDatabase, AProcessThatIsRestartedOftenForgetsNothing) {
    for (const DatabaseKind kind : storesToTest()) {
        KeptKey kept(kind);
        for (int i = 0; i < 3 * KeyExpiry::kMarks; i++) {
            KeyExpiry restarted(kept.shops.clock);
            kept.pass(1, restarted);
        }
        CHECK_TRUE_TEXT(kept.isKept(), nameOf(kind));
        STRCMP_EQUAL("0", kept.marks().c_str());
    }
}
