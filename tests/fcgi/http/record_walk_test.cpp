// SPDX-License-Identifier: MIT
#include "fcgi/http/record_walk.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(RecordWalk){
    static std::string record(char type, const std::string &content,
                              char padding = 0){std::string header{1, type, 0, 1, 0, 0, padding, 0};
header[4] = static_cast<char>(content.size() >> 8);
header[5] = static_cast<char>(content.size());
return header + content + std::string(static_cast<std::size_t>(padding), '\0');
}
static std::string request() {
    return record(1, std::string(8, 'b')) + record(4, "params", 2) + record(4, "") +
           record(5, std::string(300, 'x'), 7) + record(5, "more") + record(5, "");
}
}
;

TEST(RecordWalk, ARequestIsWholeWithTheEndOfItsBodyAndNotBefore) {
    const std::string bytes = request();
    RecordWalk walk;
    for (std::size_t size = 0; size < bytes.size(); size++)
        CHECK_FALSE(walk.isWhole(std::string_view(bytes).substr(0, size)));
    CHECK_TRUE(walk.isWhole(bytes));
    CHECK_TRUE(RecordWalk().isWhole(bytes));
}

TEST(RecordWalk, LeavesToTheLibraryWhatItDoesNotUnderstand) {
    CHECK_TRUE(RecordWalk().isWhole("GET / HTTP/1.1")); // another version
    CHECK_TRUE(RecordWalk().isWhole(record(2, "")));    // FCGI_ABORT_REQUEST
    CHECK_TRUE(RecordWalk().isWhole(record(9, "")));    // FCGI_GET_VALUES
    CHECK_FALSE(RecordWalk().isWhole("GET /"));         // shorter than a header
}
