// SPDX-License-Identifier: MIT
#include "shared/clock.h"
#include "shared/log/log.h"
#include "shared/process/daemon.h"

#include <csignal>
#include <string>
#include <string_view>
#include <unistd.h>

#include "CppUTest/CommandLineTestRunner.h"
#include "CppUTest/MemoryLeakWarningPlugin.h"
#include "CppUTest/TestPlugin.h"
#include "CppUTest/TestRegistry.h"
#include "CppUTest/TestResult.h"

namespace {

constexpr unsigned kSecondsForATest = 300;

std::string running; ///< the test's name

/// What waits for ever, or for hours, is red, not a runner that never ends.
void endAtTheTimeLimit(int) {
    const std::string_view text = ": not ended by the time limit\n";
    static_cast<void>(!::write(STDERR_FILENO, running.data(), running.size()));
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
    ::_exit(1);
}

/// Ends a test that takes too long, and fails one that checks nothing: it could not fail.
class Guard final : public TestPlugin {
  public:
    Guard() : TestPlugin("Guard") { std::signal(SIGALRM, endAtTheTimeLimit); }
    void preTestAction(UtestShell &test, TestResult &result) override {
        running = test.getFormattedName().asCharString();
        before_ = result.getCheckCount();
        ::alarm(kSecondsForATest);
    }
    void postTestAction(UtestShell &test, TestResult &result) override {
        ::alarm(0);
        if (!test.hasFailed() && result.getCheckCount() == before_)
            result.addFailure(TestFailure(&test, "checks nothing"));
    }

  private:
    std::size_t before_ = 0;
};

} // namespace

int main(int argc, char **argv) {
    // SOCI and OpenSSL keep what they allocate on first use; leaks are ASan's to find.
    MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
    pregon::setLogLevel(static_cast<pregon::LogLevel>(0)); // tests provoke errors on purpose
    pregon::useTimeZone("UTC");
    pregon::raiseFileLimit(); // a build daemon has 1024, as every login: some tests open more
    Guard guard;
    TestRegistry::getCurrentRegistry()->installPlugin(&guard);
    const int result = RUN_ALL_TESTS(argc, argv);
    TestRegistry::getCurrentRegistry()->removePluginByName(guard.getName());
    return result;
}
