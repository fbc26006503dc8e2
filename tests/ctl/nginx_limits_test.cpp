#include "ctl/nginx_limits.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(NginxLimits){static std::string told(const char *text){std::string all;
for (const std::string &warning : nginxWarningsFor(text, "f"))
    all += warning.substr(0, warning.find(" are enough")) + "\n";
return all;
}
}
;

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
