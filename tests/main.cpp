#include "shared/clock.h"
#include "shared/daemon.h"
#include "shared/log.h"

#include "CppUTest/CommandLineTestRunner.h"
#include "CppUTest/MemoryLeakWarningPlugin.h"

int main(int argc, char **argv) {
    // SOCI and OpenSSL keep what they allocate on first use; leaks are ASan's to find.
    MemoryLeakWarningPlugin::turnOffNewDeleteOverloads();
    pregon::setLogLevel(static_cast<pregon::LogLevel>(0)); // tests provoke errors on purpose
    pregon::useTimeZone("UTC");
    pregon::raiseFileLimit(); // a build daemon has 1024, as every login: some tests open more
    return RUN_ALL_TESTS(argc, argv);
}
