// SPDX-License-Identifier: MIT
#include "shared/keyed_hash.h"

#include <array>
#include <CppUTest/TestHarness.h>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

using namespace pregon;

namespace {

/// The multiplier of MurmurHash64A, which std::hash is, with a seed that everybody knows.
constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;

std::uint64_t shifted(std::uint64_t value) {
    return value ^ (value >> 47);
}

std::uint64_t inverse(std::uint64_t odd) {
    std::uint64_t found = odd;
    for (int i = 0; i < 6; i++) // each step doubles the bits that are right
        found *= 2 - odd * found;
    return found;
}

std::uint64_t mix(std::uint64_t block) {
    return shifted(block * kMultiplier) * kMultiplier;
}

std::uint64_t unmix(std::uint64_t mixed) {
    return shifted(mixed * inverse(kMultiplier)) * inverse(kMultiplier);
}

/// 16 bytes that all have one std::hash: the second block undoes what the first one has done.
std::string collidingText(std::uint64_t number) {
    const std::uint64_t start = 0xc70f6907 ^ (16 * kMultiplier);
    const std::array<std::uint64_t, 2> blocks{
        number, unmix(((start ^ mix(number)) * kMultiplier) ^ (start * kMultiplier))};
    std::string text(sizeof blocks, '\0');
    std::memcpy(text.data(), blocks.data(), sizeof blocks);
    return text;
}

std::size_t fullestBucket(const TextSet &texts) {
    std::size_t most = 0;
    for (std::size_t i = 0; i < texts.bucket_count(); i++)
        most = std::max(most, texts.bucket_size(i));
    return most;
}

} // namespace

TEST_GROUP(KeyedHash){};

TEST(KeyedHash, IsTheSameForTheSameText) {
    CHECK_TRUE(keyedHash("private-commerce.7") == keyedHash(std::string("private-commerce.7")));
    CHECK_TRUE(keyedHash("") == keyedHash(std::string_view()));
    CHECK_FALSE(keyedHash("private-commerce.7") == keyedHash("private-commerce.8"));
}

TEST(KeyedHash, SpreadsNamesThatAreMadeToCollide) {
    constexpr std::uint64_t kNames = 20'000;
    TextSet names;
    const std::size_t theirs = std::hash<std::string>{}(collidingText(0));
    for (std::uint64_t i = 0; i < kNames; i++) {
        const std::string name = collidingText(i);
        CHECK_TRUE(std::hash<std::string>{}(name) == theirs); // else the names are harmless
        names.insert(name);
    }

    LONGS_EQUAL(kNames, names.size());
    CHECK_TRUE(fullestBucket(names) < 20);
}
