// SPDX-License-Identifier: MIT
#include "ctl/nginx/nginx_place.h"

#include "tests/fcgi/demo_shops.h"

#include <filesystem>
#include <fstream>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

/// `name a b{…}` for each directive; the reason if there are none.
std::string textOf(const std::vector<NginxDirective> &block) {
    std::string text;
    for (const NginxDirective &directive : block) {
        text += (text.empty() ? "" : " ") + directive.name;
        for (const std::string &argument : directive.arguments)
            text += "," + argument;
        if (!directive.block.empty())
            text += "{" + textOf(directive.block) + "}";
    }
    return text;
}

std::string parsed(std::string_view text) {
    const auto block = parseNginx(text, "f", [](const std::string &, auto &) { return Done{}; });
    return block ? textOf(*block) : block.error().reason;
}

} // namespace

TEST_GROUP(NginxFile) {
    TemporaryFolder folder;
    NginxDirective file;

    void write(const std::string &name, const std::string &text) {
        std::ofstream(folder.file(name)) << text;
    }
    void read(const std::string &http) {
        write("nginx.conf", "http {\n" + http + "\n}\n");
        auto tree = readNginx(folder.file("nginx.conf"));
        CHECK_TRUE_TEXT(tree.has_value(), tree ? "" : tree.error().reason.c_str());
        file = std::move(*tree);
    }
    /// The server's and the location's first argument, and where it is.
    std::string place(std::string_view host, int port, std::string_view path) {
        const auto found = findNginxPlace(file, host, port, path);
        if (!found)
            return "none";
        const std::string line = std::to_string(found->innermost().line);
        return found->isLocation() ? found->innermost().arguments.back() + " " + line : line;
    }
};

TEST(NginxFile, ReadsWordsQuotesBlocksAndComments) {
    const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"a;b c;", "a b,c"},
        {"a{b{c;}}d;", "a{b{c}} d"},
        {"# x; {\na # y\n b;", "a,b"},
        {"map $x $y { default upgrade; '' ''; }", "map,$x,$y{default,upgrade ,}"},
        {"log \"a \\\" ; {b}\" 'c\\'d';", "log,a \" ; {b},c'd"},
        {"set $a ${b}c;", "set,$a,${b}c"},
        {"location ~ \\.php$ {a;}", "location,~,\\.php${a}"},
        {"a", "f:1: unexpected end"},
        {"a {\nb;", "f:2: unexpected end"},
        {"a;\n}", "f:2: unexpected }"},
        {"{", "f:1: a directive was expected"},
        {"a 'b", "f:1: quote not closed"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL(expected, parsed(text).c_str());
}

TEST(NginxFile, RefusesBlocksWithoutEnd) {
    std::string deep;
    for (int i = 0; i < 100'000; i++)
        deep += "a{";

    STRCMP_EQUAL("f:1: too many blocks in one another", parsed(deep).c_str());
}

TEST(NginxFile, FollowsIncludesAndKnowsTheirLines) {
    write("a.conf", "\nserver {\nlisten 80;\nlocation /app/ {}\n}\n");
    read("include *.conf.not; include a.conf;");

    const auto place = findNginxPlace(file, "x", 80, "/app/key");
    CHECK_TRUE(place.has_value());
    STRCMP_EQUAL((folder.file("a.conf") + ":4").c_str(), place->innermost().where().c_str());
}

TEST(NginxFile, EndsACircleOfIncludes) {
    write("nginx.conf", "include nginx.conf;");

    const auto tree = readNginx(folder.file("nginx.conf"));

    CHECK_TRUE(!tree);
    STRCMP_CONTAINS("included too often", tree.error().reason.c_str());
}

TEST(NginxFile, TakesTheServerByPortAndName) {
    read("server { listen 8080; server_name a.example; }\n"
         "server { listen 8080 default_server; server_name b.example *.c.example; }\n"
         "server { listen [::]:443 ssl; listen 127.0.0.1:9000; }\n"
         "server { listen unix:/run/x; server_name a.example; }\n"
         "server { server_name .d.example; }");
    const struct {
        const char *host;
        int port;
        const char *line;
    } cases[] = {
        {"A.example", 8080, "2"}, {"b.example", 8080, "3"}, {"x.c.example", 8080, "3"},
        {"other", 8080, "3"},     {"x", 443, "4"},          {"x", 9000, "4"},
        {"w.d.example", 80, "6"}, {"d.example", 80, "6"},   {"x", 81, "none"},
    };
    for (const auto &[host, port, line] : cases)
        STRCMP_EQUAL(line, place(host, port, "/").c_str());
}

TEST(NginxFile, TakesTheLocationOfTheLongestPrefix) {
    read("server { listen 80;\nlocation / {}\nlocation ^~ /app/ {}\nlocation /apps/ {}\n"
         "location = /up {}\nlocation ~ ^/up/ {}\nlocation @name {}\n}");

    STRCMP_EQUAL("/app/ 4", place("x", 80, "/app/key").c_str());
    STRCMP_EQUAL("/apps/ 5", place("x", 80, "/apps/1/events").c_str());
    STRCMP_EQUAL("/up 6", place("x", 80, "/up").c_str());
    STRCMP_EQUAL("/ 3", place("x", 80, "/update").c_str());
    STRCMP_EQUAL("^/up/ 7", place("x", 80, "/up/x").c_str());
}

TEST(NginxFile, TakesTheFirstRegularExpressionUnlessAPrefixForbidsIt) {
    read("server { listen 80;\nlocation / {}\nlocation ^~ /api/x/ {}\n"
         "location ~ \\.php$ {}\nlocation ~ ^/api/(a|b)$ {}\nlocation ~* ^/API/ {}\n"
         "location ~ ^/(?!x)api {}\nlocation ~ \"^/q{2}$\" {}\n}");

    STRCMP_EQUAL("^/api/(a|b)$ 6", place("x", 80, "/api/a").c_str());
    STRCMP_EQUAL("^/API/ 7", place("x", 80, "/api/c").c_str());
    STRCMP_EQUAL("\\.php$ 5", place("x", 80, "/api/c.php").c_str());
    STRCMP_EQUAL("/api/x/ 4", place("x", 80, "/api/x/c.php").c_str());
    STRCMP_EQUAL("/ 3", place("x", 80, "/other").c_str());
    STRCMP_EQUAL("/ 3", place("x", 80, "/qq").c_str()); // not a pattern that is read here
}

TEST(NginxFile, FollowsTheShippedRewriteOfWebSocketsAndNoOther) {
    read("server { listen 80;\nif (!-e $request_filename) { rewrite ^ /index.php last; }\n"
         "if ($pregon_x) { rewrite ^/app/ /.pregon/websocket last; }\n"
         "location / {}\nlocation = /.pregon/websocket {}\nlocation = /index.php {}\n}");

    STRCMP_EQUAL("/.pregon/websocket 6", place("x", 80, "/app/key").c_str());
    STRCMP_EQUAL("/.pregon/websocket 6", place("x", 80, "/app/").c_str());
    STRCMP_EQUAL("/ 5", place("x", 80, "/apps/1/events").c_str());
}

TEST(NginxFile, KnowsEachPathOfTheShippedLocations) {
    read("server { listen 80; include " + std::filesystem::current_path().string() +
         "/etc/nginx/pregon-locations.conf; }");
    for (const char *path :
         {"/app/", "/up", "/apps/1/events", "/apps/1/batch_events", "/apps/1/channels",
          "/apps/1/channels/private-a/users", "/users/7/terminate_connections",
          "/broadcasting/auth", "/broadcasting/user-auth", "/api/broadcasting/auth",
          "/api/notifications", "/api/notifications/statistics", "/api/notifications/7",
          "/api/notifications/7/status"})
        CHECK_TRUE_TEXT(findNginxPlace(file, "x", 80, path)->isLocation(), path);
    for (const char *path :
         {"/apps", "/apps/store", "/broadcasting/other", "/api/broadcasting/x", "/application",
          "/api/notifications-export", "/api/notifications/7/read", "/api/notifications/unread"})
        CHECK_FALSE_TEXT(findNginxPlace(file, "x", 80, path)->isLocation(), path);
}

TEST(NginxFile, InheritsAsNginxDoes) {
    read("proxy_read_timeout 10s; proxy_set_header A a; proxy_set_header B b;\n"
         "server { listen 80; proxy_read_timeout 20s;\n"
         "location /app/ { proxy_set_header C c; }\n}");
    const auto place = findNginxPlace(file, "x", 80, "/app/");

    STRCMP_EQUAL("20s", std::string(place->setting("proxy_read_timeout")->argument(0)).c_str());
    LONGS_EQUAL(1, place->settings("proxy_set_header").size());
    POINTERS_EQUAL(nullptr, place->setting("root"));
}

TEST(NginxFile, FindsALocationInAnyServer) {
    read("server { listen 80; location / {} }\nserver { listen 81; location /app/ {} }");

    STRCMP_EQUAL("/app/", findNginxLocation(file, "/app/")->innermost().arguments[0].c_str());
    CHECK_TRUE(!findNginxLocation(file, "/apps/"));
}

TEST(NginxFile, ReadsTimesAndSizes) {
    LONGS_EQUAL(60'000, *nginxMilliseconds("60"));
    LONGS_EQUAL(60'000, *nginxMilliseconds("60s"));
    LONGS_EQUAL(500, *nginxMilliseconds("500ms"));
    LONGS_EQUAL(5'430'000, *nginxMilliseconds("1h30m30"));
    LONGS_EQUAL(0, *nginxMilliseconds("0"));
    CHECK_TRUE(!nginxMilliseconds("x") && !nginxMilliseconds("1x") && !nginxMilliseconds("-1"));
    LONGS_EQUAL(100, *nginxBytes("100"));
    LONGS_EQUAL(512 << 10, *nginxBytes("512K"));
    LONGS_EQUAL(2 << 20, *nginxBytes("2m"));
    CHECK_TRUE(!nginxBytes("") && !nginxBytes("2x") && !nginxBytes("99999999999m"));
}
