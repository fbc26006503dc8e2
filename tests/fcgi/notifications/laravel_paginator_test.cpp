// SPDX-License-Identifier: MIT
#include "fcgi/notifications/laravel_paginator.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

/// The labels of the links, the current one in brackets, a link without URL in parentheses.
std::string linksOf(std::int64_t current, std::int64_t pages) {
    const std::string json = paginatedJson({current, 1, pages, 1}, "http://h/list", "[]");
    std::string labels;
    for (std::size_t at = json.find("{\"url\":"); at != std::string::npos;
         at = json.find("{\"url\":", at + 1)) {
        const std::string link = json.substr(at, json.find('}', at) - at);
        const std::size_t start = link.find("\"label\":\"") + 9;
        const std::string label = link.substr(start, link.find('"', start) - start);
        const bool isActive = link.ends_with("true");
        const bool isDead = link.starts_with("{\"url\":null");
        labels += (labels.empty() ? "" : " ");
        labels += isActive ? "[" + label + "]" : isDead ? "(" + label + ")" : label;
    }
    return labels;
}

} // namespace

TEST_GROUP(LaravelPaginator){};

TEST(LaravelPaginator, AnswersAsCaptured) {
    STRCMP_EQUAL(R"({"current_page":2,"data":[7],"first_page_url":"http://h/list?page=1","from":2,)"
                 R"("last_page":3,"last_page_url":"http://h/list?page=3","links":[)"
                 R"({"url":"http://h/list?page=1","label":"&laquo; Previous","active":false},)"
                 R"({"url":"http://h/list?page=1","label":"1","active":false},)"
                 R"({"url":"http://h/list?page=2","label":"2","active":true},)"
                 R"({"url":"http://h/list?page=3","label":"3","active":false},)"
                 R"({"url":"http://h/list?page=3","label":"Next &raquo;","active":false}],)"
                 R"("next_page_url":"http://h/list?page=3","path":"http://h/list","per_page":1,)"
                 R"("prev_page_url":"http://h/list?page=1","to":2,"total":3})",
                 paginatedJson({2, 1, 3, 1}, "http://h/list", "[7]").c_str());
}

TEST(LaravelPaginator, HasOnePageWithoutItems) {
    STRCMP_EQUAL(R"({"current_page":1,"data":[],"first_page_url":"/l?page=1","from":null,)"
                 R"("last_page":1,"last_page_url":"/l?page=1","links":[)"
                 R"({"url":null,"label":"&laquo; Previous","active":false},)"
                 R"({"url":"/l?page=1","label":"1","active":true},)"
                 R"({"url":null,"label":"Next &raquo;","active":false}],)"
                 R"("next_page_url":null,"path":"/l","per_page":50,"prev_page_url":null,)"
                 R"("to":null,"total":0})",
                 paginatedJson({1, 50, 0, 0}, "/l", "[]").c_str());
}

TEST(LaravelPaginator, LeavesOutTheMiddleOfManyPages) {
    STRCMP_EQUAL("(&laquo; Previous) [1] 2 3 4 5 6 7 8 9 10 11 12 13 Next &raquo;",
                 linksOf(1, 13).c_str());
    STRCMP_EQUAL("(&laquo; Previous) [1] 2 3 4 5 6 7 8 9 10 (...) 13 14 Next &raquo;",
                 linksOf(1, 14).c_str());
    STRCMP_EQUAL("&laquo; Previous 1 2 3 4 5 6 [7] 8 9 10 (...) 19 20 Next &raquo;",
                 linksOf(7, 20).c_str());
    STRCMP_EQUAL("&laquo; Previous 1 2 (...) 5 6 7 [8] 9 10 11 (...) 19 20 Next &raquo;",
                 linksOf(8, 20).c_str());
    STRCMP_EQUAL("&laquo; Previous 1 2 (...) 11 12 13 [14] 15 16 17 18 19 20 Next &raquo;",
                 linksOf(14, 20).c_str());
    STRCMP_EQUAL("&laquo; Previous 1 2 (...) 11 12 13 14 15 16 17 18 19 [20] (Next &raquo;)",
                 linksOf(20, 20).c_str());
}
