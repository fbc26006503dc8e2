// SPDX-License-Identifier: MIT
#include "fcgi/events/users_api.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(UsersApi) {
    TemporaryFolder folder;
    FakeWorker worker{folder.file("worker.sock")};
    WorkerClient client{folder.file("worker.sock"), std::chrono::milliseconds(3000)};
    UsersApi users{client};
    App app;

    void setup() override {
        app.id = "417702";
        worker.start();
    }

    static std::string times(int count, const char *text) {
        std::string all;
        for (int i = 0; i < count; i++)
            all += text;
        return all;
    }
};

TEST(UsersApi, HandsTheUserToTheWorker) {
    STRCMP_EQUAL("{}", users.terminate("7", app)->c_str());
    const IpcFrame asked = worker.asked().at(0);
    CHECK(asked.type == IpcType::Terminate);
    STRCMP_EQUAL("417702", AppQuery::decode(asked.payload)->appId.c_str());
    STRCMP_EQUAL("7", AppQuery::decode(asked.payload)->subject.c_str());
}

TEST(UsersApi, TakesAnyCharacters) { // spec §9
    for (const std::string &id : {std::string("a b/c?#%"), std::string("ñ"), times(128, "ñ")}) {
        CHECK_TRUE_TEXT(users.terminate(id, app).has_value(), id.c_str());
        STRCMP_EQUAL(id.c_str(), AppQuery::decode(worker.asked().back().payload)->subject.c_str());
    }
}

TEST(UsersApi, RefusesWhatIsNoUserId) {
    for (const std::string &id : {std::string(), std::string("\xff"), times(129, "x")})
        CHECK(users.terminate(id, app).error().code == Errc::BadRequest);
    LONGS_EQUAL(0, worker.asked().size());
}

TEST(UsersApi, SaysThatTheWorkerIsAway) {
    worker.stop();

    CHECK(users.terminate("7", app).error().code == Errc::Unavailable);
}
