// SPDX-License-Identifier: MIT
#include "shared/log/log_writer.h"

#include "shared/unix_socket.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(LogWriter) {
    UniqueFd reading, writing;

    void setup() override {
        std::array<int, 2> ends{};
        CHECK_TRUE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        reading.reset(ends[0]);
        writing.reset(ends[1]);
        CHECK_TRUE(::fcntl(reading.get(), F_SETFL, O_NONBLOCK) == 0);
    }

    std::string read() {
        std::string text(1 << 20, '\0');
        const ssize_t count = ::read(reading.get(), text.data(), text.size());
        text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return text;
    }

    static std::size_t linesIn(const std::string &text) {
        return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    }
};

TEST(LogWriter, WritesALineWithItsPriority) {
    LogWriter log(writing.get());

    log.write(LogLevel::Warning, "it rains", "it rains where=here");

    STRCMP_EQUAL("<4>it rains where=here\n", read().c_str());
}

TEST(LogWriter, NeverWaitsForWhoReadsAndTellsWhatWasLost) {
    LogWriter log(writing.get());
    constexpr std::size_t kLines = 5000;
    const std::string line(200, 'x');
    for (std::size_t i = 0; i < kLines; i++)
        log.write(LogLevel::Debug, "x", line); // would wait for ever

    const std::size_t written = linesIn(read());
    CHECK_TRUE(written > 0 && written < kLines);
    log.write(LogLevel::Info, "again", "again");
    const std::string told = "<4>log lines lost count=" + std::to_string(kLines - written) +
                             " reason=\"nobody reads them\"\n<6>again\n";
    STRCMP_EQUAL(told.c_str(), read().c_str());
}

TEST(LogWriter, LeavesOutWhatComesTooOftenButNoOtherKind) {
    LogWriter log(writing.get());
    constexpr int kLines = 2 * LogWriter::kBurst;
    for (int i = 0; i < kLines; i++)
        log.write(LogLevel::Info, "refused", "refused");
    log.write(LogLevel::Error, "away", "away");

    const std::string text = read();
    CHECK_TRUE(text.ends_with("<3>away\n"));
    CHECK_TRUE(text.find("log lines left out") != std::string::npos);
    CHECK_TRUE(linesIn(text) > LogWriter::kBurst);
    CHECK_TRUE(linesIn(text) < kLines);
}
