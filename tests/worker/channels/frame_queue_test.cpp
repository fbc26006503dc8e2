// SPDX-License-Identifier: MIT
#include "worker/channels/frame_queue.h"

#include <deque>
#include <random>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(FrameQueue) {
    FrameQueue queue;

    void push(int number) {
        queue.push(textFrame(std::to_string(number)));
    }
    std::string at(std::size_t place) {
        return std::string(queue[place].bytes().substr(2));
    }
};

TEST(FrameQueue, FirstInIsFirstOut) {
    for (int i = 0; i < 100; i++)
        push(i);
    LONGS_EQUAL(100, queue.size());
    for (int i = 0; i < 100; i++) {
        STRCMP_EQUAL(std::to_string(i).c_str(), at(0).c_str());
        queue.pop();
    }
    CHECK_TRUE(queue.empty());
}

TEST(FrameQueue, BehavesAsADeque) { // however it has grown, turned round and rested
    std::mt19937 random(1);
    std::deque<std::string> model;
    for (int step = 0; step < 20'000; step++) {
        const bool isGrowing = step / 1000 % 2 == 0;
        if (model.empty() || random() % 10 < (isGrowing ? 6u : 4u)) {
            push(step);
            model.push_back(std::to_string(step));
        } else if (random() % 3000 == 0) {
            queue.clear();
            model.clear();
        } else {
            queue.pop();
            model.pop_front();
        }
        LONGS_EQUAL(model.size(), queue.size());
        if (model.empty())
            continue;
        const std::size_t place = random() % model.size();
        STRCMP_EQUAL(model[place].c_str(), at(place).c_str());
        STRCMP_EQUAL(model.front().c_str(), std::string(queue.front().bytes().substr(2)).c_str());
    }
}
