// SPDX-License-Identifier: MIT
#include "ctl/nginx/nginx_limits.h"

#include "tests/fcgi/demo_shops.h"

#include <fstream>
#include <sys/stat.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(NginxLimits) {
    TemporaryFolder folder;

    static std::string told(const char *text) {
        NginxDirective file;
        file.file = "f";
        file.block = *parseNginx(text, "f", [](const std::string &, auto &) { return Done{}; });
        std::string all;
        for (const std::string &warning : nginxWarningsFor(file))
            all += warning.substr(0, warning.find(" are enough")) + "\n";
        return all;
    }
};

TEST(NginxLimits, AreTooLowAsDebianShipsThem) {
    STRCMP_EQUAL("f:2: worker_connections 768\n",
                 told("events {\n  worker_connections 768;\n}\n").c_str());
    STRCMP_EQUAL("f: worker_connections 512\n", told("# worker_connections 9000;\n").c_str());
}

TEST(NginxLimits, NeedAFileForEachConnection) {
    STRCMP_CONTAINS("f: worker_rlimit_nofile is missing",
                    told("events { worker_connections 8192; }").c_str());
    STRCMP_CONTAINS("f:1: worker_rlimit_nofile 4096",
                    told("worker_rlimit_nofile 4096; events { worker_connections 8192; }").c_str());
    STRCMP_EQUAL("",
                 told("worker_rlimit_nofile 16384; events { worker_connections 8192; }").c_str());
}

TEST(NginxLimits, OfNoNginxAreNoMatter) {
    LONGS_EQUAL(0, nginxWarnings("/nonexistent/nginx.conf").size());
}

TEST(NginxLimits, AreLookedForInIncludedFiles) {
    ::mkdir(folder.file("conf.d").c_str(), 0755);
    std::ofstream(folder.file("nginx.conf")) << "include conf.d/*.conf;\n";
    std::ofstream(folder.file("conf.d/limits.conf"))
        << "worker_rlimit_nofile 100;\nevents {\n worker_connections 200;\n}\n";

    const auto warnings = nginxWarnings(folder.file("nginx.conf"));

    LONGS_EQUAL(2, warnings.size());
    STRCMP_CONTAINS("conf.d/limits.conf:3: worker_connections 200 ", warnings[0].c_str());
    STRCMP_CONTAINS("conf.d/limits.conf:1: worker_rlimit_nofile 100: ", warnings[1].c_str());
}

TEST(NginxLimits, AreNotKnownOfAFileThatIsWrong) {
    std::ofstream(folder.file("nginx.conf")) << "events {\n}\n}\n";

    const auto warnings = nginxWarnings(folder.file("nginx.conf"));

    LONGS_EQUAL(1, warnings.size());
    STRCMP_CONTAINS("nginx.conf:3: unexpected }", warnings[0].c_str());
}
