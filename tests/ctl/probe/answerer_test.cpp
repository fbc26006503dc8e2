// SPDX-License-Identifier: MIT
#include "ctl/probe/answerer.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

/// The answerer of an answer with these header lines, each ended by CR LF.
std::string answerer(const std::string &headers, const std::string &body = "-",
                     const std::string &status = "404") {
    return answererOf(
        {*parseResponseHead("HTTP/1.1 " + status + " x\r\n" + headers + "\r\n"), body});
}

} // namespace

TEST_GROUP(Answerer){};

TEST(Answerer, IsPregonByItsOwnHeaderAlone) {
    STRCMP_EQUAL("pregon-fcgi", answerer("x-pregon: fcgi\r\nServer: nginx\r\n").c_str());
    STRCMP_EQUAL("pregon-worker", answerer("X-Pregon: worker\r\n").c_str());
    STRCMP_EQUAL("another program", answerer("X-Pregon: \r\n").c_str());
    STRCMP_EQUAL("another program", answerer("Content-Type: application/json\r\n").c_str());
}

TEST(Answerer, NamesWhoAnswersInItsPlace) {
    const struct {
        const char *expected, *headers, *body;
    } cases[] = {
        {"Cloudflare's challenge", "Server: cloudflare\r\nCF-Mitigated: challenge\r\n", "<html>"},
        {"a program behind cloudflare", "Server: cloudflare\r\n", "no"},
        {"a Laravel Reverb", "X-Powered-By: Laravel Reverb\r\n", "-"},
        {"another Pusher server: an old Reverb", "", R"({"health":"OK"})"},
        {"another Pusher server: an old Reverb", "", "Authentication signature invalid."},
        {"a Laravel application",
         "Server: nginx\r\nSet-Cookie: laravel_session=a; path=/\r\nSet-Cookie: b=c\r\n", "-"},
        {"a Laravel application", "Set-Cookie: XSRF-TOKEN=a\r\nX-Powered-By: PHP/8.2\r\n", "-"},
        {"a Laravel application", "", R"({"message":"The route up could not be found."})"},
        {"a PHP application", "X-Powered-By: PHP/8.2\r\n", "-"},
        {"the web server itself, nginx/1.22.1", "Server: nginx/1.22.1\r\n",
         "<hr><center>nginx/1.22.1</center>"},
        {"the web server itself, Apache", "Server: Apache\r\n",
         "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">"},
        {"the web server itself, Caddy", "Server: Caddy\r\n", ""},
        {"a program behind Caddy", "Server: Caddy\r\n", "no"},
    };
    for (const auto &[expected, headers, body] : cases)
        STRCMP_CONTAINS_TEXT(expected, answerer(headers, body).c_str(), headers);
}

TEST(Answerer, IsCloudflareItselfByItsOwnStatus) {
    STRCMP_CONTAINS("cannot reach", answerer("Server: cloudflare\r\n", "-", "522").c_str());
}

TEST(Answerer, IsNamedInAFewWordsHoweverLongItsHeaderIs) {
    CHECK_TRUE(answerer("Server: " + std::string(5000, 'x') + "\r\n").size() < 100);
}
