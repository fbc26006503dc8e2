// SPDX-License-Identifier: MIT
#include "shared/store/schema_names.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(SchemaNames){static std::string applied(std::string_view sql,
                                                   const std::vector<std::string> &tables = {},
                                                   const std::vector<std::string> &columns = {}){
    const auto names = SchemaNames::parse(tables, columns);
return names ? names->apply(sql) : names.error().reason;
}
}
;

TEST(SchemaNames, KeepsTheApplicationsNamesUnlessToldOtherwise) {
    STRCMP_EQUAL("SELECT u.email FROM users u",
                 applied("SELECT u.{users.email} FROM {users} u").c_str());
}

TEST(SchemaNames, RenamesTablesAndColumns) {
    STRCMP_EQUAL("SELECT mail FROM shop.clients WHERE id = :id",
                 applied("SELECT {users.email} FROM {users} WHERE {users.id} = :id",
                         {"users = shop.clients"}, {"users.email=mail"})
                     .c_str());
}

TEST(SchemaNames, AColumnOfAnotherTableKeepsItsName) {
    STRCMP_EQUAL("commerce_id",
                 applied("{devices.commerce_id}", {}, {"users.commerce_id=shop"}).c_str());
}

TEST(SchemaNames, LeavesOtherBracesAlone) {
    for (const char *sql : {"{", "}", "{}", "'{\"a\":1}'", "{a b}", "{a.b.c}", "{users"})
        STRCMP_EQUAL(sql, applied(sql).c_str());
}

TEST(SchemaNames, RefusesWhatIsNoName) {
    for (const char *entry : {"users", "users=", "=x", "users=a b", "users=a;drop table users",
                              "users=\"x\"", "users=1a", "users=a.b.c", "us ers=a"})
        CHECK_FALSE_TEXT(SchemaNames::parse({entry}, {}).has_value(), entry);
    for (const char *entry : {"users.email", "email=mail", "users.email=a.b", "users.email='x'"})
        CHECK_FALSE_TEXT(SchemaNames::parse({}, {entry}).has_value(), entry);
}

TEST(SchemaNames, NamesTheEntryThatIsWrong) {
    STRCMP_EQUAL("users=a b: expected table=name", applied("", {"users=a b"}).c_str());
    STRCMP_EQUAL("email=m: expected table.column=name", applied("", {}, {"email=m"}).c_str());
}
