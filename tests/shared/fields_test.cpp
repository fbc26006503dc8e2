// SPDX-License-Identifier: MIT
#include "shared/fields.h"

#include <limits>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

struct Inner {
    std::string name;
    bool isOn = false;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.name);
        fields(self.isOn);
    }
};

struct Outer {
    std::int64_t number = 0;
    std::uint16_t small = 0;
    std::vector<Inner> inner;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.number);
        fields(self.small);
        fields(self.inner);
    }
};

/// Inner and Outer, a release later.
struct LaterInner {
    std::string name;
    bool isOn = false;
    std::uint32_t added = 5;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.name);
        fields(self.isOn);
        fields.since(3, self.added);
    }
};

struct LaterOuter {
    std::int64_t number = 0;
    std::uint16_t small = 0;
    std::vector<LaterInner> inner;
    std::string added = "default";

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.number);
        fields(self.small);
        fields(self.inner);
        fields.since(3, self.added);
    }
};

/// What is sent without a version.
struct Message {
    std::string text;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.text);
    }
};

struct LaterMessage {
    std::string text;
    std::string added = "default";
    std::uint32_t addedThen = 6;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.text);
        fields.appended(self.added);
        fields.appended(self.addedThen);
    }
};

template <class Struct>
std::string written(const Struct &object) {
    FieldWriter fields;
    fields(object);
    return fields.take();
}

} // namespace

TEST_GROUP(Fields) {
    Outer outer{std::numeric_limits<std::int64_t>::min(), 0xfffe, {{"a", true}, {"", false}}};
};

TEST(Fields, ComeBackAsTheyWere) {
    const std::string bytes = written(outer);
    Outer read;
    FieldReader fields(bytes);
    fields(read);

    CHECK_TRUE(fields.isConsumedExactly());
    CHECK_TRUE(read.number == outer.number);
    LONGS_EQUAL(0xfffe, read.small);
    LONGS_EQUAL(2, read.inner.size());
    STRCMP_EQUAL("a", read.inner[0].name.c_str());
    CHECK_TRUE(read.inner[0].isOn);
    CHECK_FALSE(read.inner[1].isOn);
}

TEST(Fields, AreLittleEndian) {
    FieldWriter fields;
    fields(std::uint32_t{0x01020304});
    fields(std::string("ab"));

    CHECK_TRUE(fields.take() == std::string("\4\3\2\1\2\0\0\0ab", 10));
}

TEST(Fields, AreMissedWhereverTheyAreCut) {
    const std::string bytes = written(outer);
    for (std::size_t size = 0; size < bytes.size(); size++) {
        Outer read;
        const std::string cut = bytes.substr(0, size);
        FieldReader fields(cut);
        fields(read);
        CHECK_FALSE_TEXT(fields.isConsumedExactly(), std::to_string(size).c_str());
    }
}

TEST(Fields, ThatAreLeftOverAreSeen) {
    const std::string bytes = written(outer) + "x";
    Outer read;
    FieldReader fields(bytes);
    fields(read);

    CHECK_FALSE(fields.isConsumedExactly());
    CHECK_TRUE(fields.hasMore());
}

TEST(Fields, AListOfTooManyIsRefusedBeforeItIsMade) {
    FieldWriter writer;
    writer(std::vector<std::string>{"a", "b", "c"});
    const std::string bytes = writer.take(), hostile = std::string(4, '\xff') + "aaaa";
    std::vector<std::string> items;
    FieldReader few(bytes, {.maxItems = 2}), many(bytes, {.maxItems = 3}), lies(hostile);

    few(items);
    CHECK_TRUE(items.empty());
    CHECK_FALSE(few.isConsumedExactly());
    many(items);
    LONGS_EQUAL(3, items.size());
    CHECK_TRUE(many.isConsumedExactly());
    lies(items);
    CHECK_TRUE(items.empty());
    CHECK_FALSE(lies.isConsumedExactly());
}

TEST(Fields, ThatWereAddedSinceTheVersionKeepTheirDefaultsAtEveryDepth) {
    const std::string bytes = written(outer);
    LaterOuter read;
    FieldReader fields(bytes, {.version = 2});
    fields(read);

    CHECK_TRUE(fields.isConsumedExactly());
    CHECK_TRUE(read.number == outer.number);
    STRCMP_EQUAL("default", read.added.c_str());
    LONGS_EQUAL(2, read.inner.size());
    STRCMP_EQUAL("a", read.inner[0].name.c_str());
    CHECK_TRUE(read.inner[0].isOn);
    LONGS_EQUAL(5, read.inner[0].added);
    LONGS_EQUAL(5, read.inner[1].added);
}

TEST(Fields, ThatAreOfTheVersionComeBackAsTheyWere) {
    const std::string bytes = written(LaterOuter{1, 2, {{"a", true, 3}, {"b", false, 4}}, "added"});
    LaterOuter read;
    FieldReader fields(bytes, {.version = 3});
    fields(read);

    CHECK_TRUE(fields.isConsumedExactly());
    STRCMP_EQUAL("added", read.added.c_str());
    LONGS_EQUAL(3, read.inner[0].added);
    LONGS_EQUAL(4, read.inner[1].added);
}

TEST(Fields, ThatAnOlderWriterDidNotAppendKeepTheirDefaults) {
    const std::string bytes = written(Message{"text"});
    LaterMessage read;
    FieldReader fields(bytes);
    fields(read);

    CHECK_TRUE(fields.isConsumedExactly());
    STRCMP_EQUAL("text", read.text.c_str());
    STRCMP_EQUAL("default", read.added.c_str());
    LONGS_EQUAL(6, read.addedThen);
}

TEST(Fields, ThatAreAppendedComeBackAsTheyWereAsFarAsTheyGo) {
    const std::string bytes = written(LaterMessage{"text", "added", 7});
    LaterMessage all, some;
    FieldReader whole(bytes), withoutTheLast({bytes.data(), bytes.size() - sizeof all.addedThen});
    whole(all);
    withoutTheLast(some);

    CHECK_TRUE(whole.isConsumedExactly());
    STRCMP_EQUAL("added", all.added.c_str());
    LONGS_EQUAL(7, all.addedThen);
    CHECK_TRUE(withoutTheLast.isConsumedExactly());
    STRCMP_EQUAL("added", some.added.c_str());
    LONGS_EQUAL(6, some.addedThen);
}

TEST(Fields, ThatAreAppendedAreIgnoredByAnOlderReader) {
    const std::string bytes = written(LaterMessage{"text", "added", 7});
    Message read;
    FieldReader fields(bytes);
    fields(read);

    CHECK_TRUE(fields.isComplete());
    STRCMP_EQUAL("text", read.text.c_str());
}

TEST(Fields, ThatAreAppendedAreMissedWhereTheyAreCut) {
    const std::string bytes = written(LaterMessage{"text", "added", 7});
    const std::size_t first = written(Message{"text"}).size(), last = bytes.size() - 4;
    for (std::size_t size = 0; size < bytes.size(); size++) {
        const std::string cut = bytes.substr(0, size);
        LaterMessage read;
        FieldReader fields(cut);
        fields(read);
        CHECK_EQUAL_TEXT(size == first || size == last, fields.isComplete(),
                         std::to_string(size).c_str());
    }
}
