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

std::string written(const Outer &outer) {
    FieldWriter fields;
    fields(outer);
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
    FieldReader few(bytes, 2), many(bytes, 3), lies(hostile);

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
