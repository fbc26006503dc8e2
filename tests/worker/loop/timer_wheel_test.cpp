// SPDX-License-Identifier: MIT
#include "worker/loop/timer_wheel.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

struct Alarm : TimerHook {
    explicit Alarm(char letter) : name(letter) {}
    char name;
};

} // namespace

TEST_GROUP(TimerWheel) {
    TimerWheel wheel;
    Alarm a{'a'}, b{'b'}, c{'c'};

    /// Who comes due in the next second.
    std::string second() {
        std::string names;
        wheel.advance([&](TimerHook &hook) { names += static_cast<Alarm &>(hook).name; });
        return names;
    }
    std::string seconds(int count) {
        std::string names;
        for (int i = 0; i < count; i++)
            names += second();
        return names;
    }
};

TEST(TimerWheel, CallsBackInTheSecondThatWasAskedFor) {
    wheel.schedule(a, 1);
    wheel.schedule(b, 3);

    STRCMP_EQUAL("a", second().c_str());
    STRCMP_EQUAL("", second().c_str());
    STRCMP_EQUAL("b", second().c_str());
    STRCMP_EQUAL("", seconds(3000).c_str());
}

TEST(TimerWheel, CallsBackAllOfOneSecondInOrder) {
    wheel.schedule(b, 2);
    wheel.schedule(a, 2);
    wheel.schedule(c, 2);

    STRCMP_EQUAL("", second().c_str());
    STRCMP_EQUAL("bac", second().c_str());
}

TEST(TimerWheel, TakesZeroForOne) {
    wheel.schedule(a, 0);

    STRCMP_EQUAL("a", second().c_str());
}

TEST(TimerWheel, ComesDueAtItsHorizonAtTheLatest) {
    wheel.schedule(a, 86400);

    STRCMP_EQUAL("", seconds(TimerWheel::kSlots - 2).c_str());
    STRCMP_EQUAL("a", second().c_str());
}

TEST(TimerWheel, MovesWhatIsScheduledAgain) {
    wheel.schedule(a, 1);
    wheel.schedule(a, 2);

    STRCMP_EQUAL("", second().c_str());
    STRCMP_EQUAL("a", second().c_str());
}

TEST(TimerWheel, ForgetsWhatIsCancelledOrDestroyed) {
    {
        Alarm brief{'x'};
        wheel.schedule(brief, 1);
        wheel.schedule(a, 1);
        wheel.schedule(b, 1);
        wheel.cancel(a);
        wheel.cancel(a);
    }

    CHECK_FALSE(a.isScheduled());
    STRCMP_EQUAL("b", second().c_str());
    CHECK_FALSE(b.isScheduled());
}

TEST(TimerWheel, CallbackMaySchedule) {
    wheel.schedule(a, 1);
    std::string when;
    for (int i = 1; i <= 6; i++)
        wheel.advance([&](TimerHook &hook) {
            when += std::to_string(i) + " ";
            wheel.schedule(hook, 2);
        });

    STRCMP_EQUAL("1 3 5 ", when.c_str());
}

TEST(TimerWheel, CallbackMayDestroyOthersOfTheSameSecond) {
    auto first = std::make_unique<Alarm>('1'), second = std::make_unique<Alarm>('2');
    wheel.schedule(*first, 1);
    wheel.schedule(*second, 1);
    int calls = 0;
    wheel.advance([&](TimerHook &) {
        calls++;
        first.reset();
        second.reset();
    });

    LONGS_EQUAL(1, calls);
}

TEST(TimerWheel, HooksMayOutliveIt) {
    {
        TimerWheel brief;
        brief.schedule(a, 1);
        brief.schedule(b, 1);
    }
    wheel.schedule(a, 1);

    STRCMP_EQUAL("a", second().c_str());
}

TEST(TimerWheel, AgreesWithAModel) {
    std::mt19937 random(7);
    std::vector<std::unique_ptr<Alarm>> alarms;
    std::vector<int> deadline(50, -1);
    for (int i = 0; i < 50; i++)
        alarms.push_back(std::make_unique<Alarm>(static_cast<char>(i)));
    for (int now = 0; now < 5000; now++) {
        const std::size_t pick = random() % 50;
        const int wait = 1 + static_cast<int>(random() % 1023);
        wheel.schedule(*alarms[pick], static_cast<std::uint32_t>(wait));
        deadline[pick] = now + wait;
        wheel.advance([&](TimerHook &hook) {
            const auto who = static_cast<std::size_t>(static_cast<Alarm &>(hook).name);
            LONGS_EQUAL(now + 1, deadline[who]);
            deadline[who] = -1;
        });
        for (int due : deadline)
            CHECK_TRUE(due == -1 || due > now + 1);
    }
}
