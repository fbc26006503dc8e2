// SPDX-License-Identifier: MIT
#include "fcgi/notifications/laravel_validation.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

using Kind = InputValue::Kind;

std::string messageFor(const InputValue &value, std::string_view rules) {
    const FieldRules table[] = {{"some_field", rules}};
    const auto errors = validate({{"some_field", value}}, table);
    return errors.empty() ? "" : errors.fields.front().messages.front();
}

InputValue text(std::string characters) {
    return {Kind::String, std::move(characters)};
}

InputValue number(std::string json) {
    return {Kind::Number, std::move(json)};
}

struct Case {
    InputValue value;
    std::string_view rules;
    std::string_view message; ///< empty: accepted
};

void check(const Case &example) {
    STRCMP_EQUAL_TEXT(std::string(example.message).c_str(),
                      messageFor(example.value, example.rules).c_str(),
                      (example.value.text + " as " + std::string(example.rules)).c_str());
}

} // namespace

TEST_GROUP(LaravelValidation){};

TEST(LaravelValidation, AnswersInLaravelsWords) {
    const Case cases[] = {
        {{}, "required|string", "The some field field is required."},
        {{Kind::Array, "[]"}, "required|string", "The some field field is required."},
        {{}, "nullable|string|uuid", ""},
        {number("5"), "nullable|string", "The some field field must be a string."},
        {{Kind::Array, "[\"a\"]"}, "nullable|string", "The some field field must be a string."},
        {{Kind::Boolean, "true"}, "nullable|string", "The some field field must be a string."},
        {text("\xff"), "nullable|string", "The some field field must be a string."},
        {text("x"), "nullable|uuid", "The some field field must be a valid UUID."},
        {text("11111111-1111-4111-8111-11111111111"), "nullable|uuid",
         "The some field field must be a valid UUID."},
        {text("11111111-1111-4111-8111-11111111111G"), "nullable|uuid",
         "The some field field must be a valid UUID."},
        {text("A1111111-1111-4111-8111-11111111111f"), "nullable|uuid", ""},
        {text("foo"), "nullable|in:yape,plin", "The selected some field is invalid."},
        {text("yape,plin"), "nullable|in:yape,plin", "The selected some field is invalid."},
        {text("plin"), "nullable|in:yape,plin", ""},
        {text("PE"), "nullable|size:3", "The some field field must be 3 characters."},
        {text("ñ€😀"), "nullable|size:3", ""},
        {text("[1]"), "nullable|array", "The some field field must be an array."},
        {{Kind::Array, "[]"}, "nullable|array", ""},
        {{Kind::Array, "{\"k\":1}"}, "nullable|array", ""},
    };
    for (const Case &example : cases)
        check(example);
}

TEST(LaravelValidation, KnowsNumbersAsPhpDoes) {
    const Case cases[] = {
        {text("abc"), "nullable|numeric|min:0", "The some field field must be a number."},
        {text("1,5"), "nullable|numeric|min:0", "The some field field must be a number."},
        {text("0x1A"), "nullable|numeric|min:0", "The some field field must be a number."},
        {text("1e"), "nullable|numeric|min:0", "The some field field must be a number."},
        {text("."), "nullable|numeric|min:0", "The some field field must be a number."},
        {{Kind::Boolean, "true"}, "nullable|numeric", "The some field field must be a number."},
        {text("1e3"), "nullable|numeric|min:0", ""},
        {text("+.5"), "nullable|numeric|min:0", ""},
        {number("-1"), "nullable|numeric|min:0", "The some field field must be at least 0."},
        {number("1e400"), "nullable|numeric|max:10",
         "The some field field must not be greater than 10."},
        {text("x"), "nullable|integer", "The some field field must be an integer."},
        {number("1.5"), "nullable|integer", "The some field field must be an integer."},
        {text("1.0"), "nullable|integer", "The some field field must be an integer."},
        {text("007"), "nullable|integer", "The some field field must be an integer."},
        {text("99999999999999999999"), "nullable|integer",
         "The some field field must be an integer."},
        {number("1.0"), "nullable|integer", ""},
        {number("1e3"), "nullable|integer", ""},
        {text("-12"), "nullable|integer", ""},
        {text("0"), "nullable|integer|min:0", ""},
    };
    for (const Case &example : cases)
        check(example);
}

TEST(LaravelValidation, CountsCharactersNotBytes) {
    std::string accents;
    for (int i = 0; i < 255; i++)
        accents += "ó";

    STRCMP_EQUAL("", messageFor(text(accents), "nullable|string|max:255").c_str());
    STRCMP_EQUAL("The some field field must not be greater than 255 characters.",
                 messageFor(text(accents + "o"), "nullable|string|max:255").c_str());
}

TEST(LaravelValidation, AcceptsIsoDatesOfTheCalendarOnly) {
    const char *refused = "The some field field must be a valid date.";
    const Case cases[] = {
        {text("2026-11-24"), "date", ""},
        {text("2026-11-24T09:00:00Z"), "date", ""},
        {text("2026-11-24 09:00:00"), "date", ""},
        {text("2026-11-24T09:00:00.123456-05:00"), "date", ""},
        {text("2028-02-29T09:00+0530"), "date", ""},
        {text("2026-11-24T09:00:00-05"), "date", ""},
        {text("not a date"), "date", refused},
        {text("2026-02-29"), "date", refused},
        {text("2026-13-01"), "date", refused},
        {text("2026-11-24T25:00:00"), "date", refused},
        {text("2026-11-24T09"), "date", refused},
        {text("2026-11-24T09:00:00Zulu"), "date", refused},
        {text("2026-11-24T09:00:00."), "date", refused},
        {text("2026-11-24T09:00:00-5"), "date", refused},
        {number("20261124"), "date", refused},
    };
    for (const Case &example : cases)
        check(example);
}

TEST(LaravelValidation, KnowsTheBooleansOfLaravel) {
    const char *refused = "The some field field must be true or false.";
    const Case cases[] = {
        {{Kind::Boolean, "true"}, "boolean", ""},
        {{Kind::Boolean, "false"}, "boolean", ""},
        {number("1"), "boolean", ""},
        {number("0"), "boolean", ""},
        {text("1"), "boolean", ""},
        {text("0"), "boolean", ""},
        {text("true"), "boolean", refused},
        {text("yes"), "boolean", refused},
        {number("2"), "boolean", refused},
        {number("1.0"), "boolean", refused},
        {{Kind::Array, "[]"}, "boolean", refused},
    };
    for (const Case &example : cases)
        check(example);
}

TEST(LaravelValidation, ComparesADateWithThatOfAnotherField) {
    constexpr FieldRules kTable[] = {{"start_date", "nullable|date"},
                                     {"end_date", "nullable|date|after_or_equal:start_date"}};
    const char *earlier = "The end date field must be a date after or equal to start date.";
    struct {
        InputValue start, end;
        std::string message;
    } const cases[] = {
        {text("2026-11-24"), text("2026-11-24"), ""},
        {text("2026-11-24"), text("2026-11-24T00:00:01"), ""},
        {text("2026-11-24T09:00:00"), text("2026-11-24"), earlier},
        {text("2026-11-24"), text("2026-11-23"), earlier},
        {text("2026-11-24T09:00:00-05:00"), text("2026-11-24T09:00:00+05:00"), earlier},
        {text("2026-11-24T09:00:00-05:00"), text("2026-11-24T14:00:00Z"), ""},
        {{}, text("2026-11-23"), ""},
        {text("2026-11-24"), {}, ""},
        {text("x"), text("2026-11-23"), "The start date field must be a valid date."},
        {text("2026-11-24"), text("x"), "The end date field must be a valid date. (and 1 more"},
    };
    for (const auto &[start, end, message] : cases) {
        const auto errors = validate({{"start_date", start}, {"end_date", end}}, kTable);
        CHECK_EQUAL_TEXT(message.empty(), errors.empty(), end.text.c_str());
        STRCMP_CONTAINS_TEXT(message.c_str(), errors.toJson().c_str(), end.text.c_str());
    }
}

TEST(LaravelValidation, TrimsStringsAndTakesEmptyOnesForNull) {
    STRCMP_EQUAL("spaced", makeInput("  spaced\t\n").text.c_str());
    STRCMP_EQUAL("a b", makeInput("\u00A0\uFEFF\u200Ba b\u3000").text.c_str());
    STRCMP_EQUAL("ab", makeInput(std::string_view("a\0b\0", 4)).text.c_str());
    CHECK(makeInput("").kind == Kind::Null);
    CHECK(makeInput(" \u00A0 ").kind == Kind::Null);
}

TEST(LaravelValidation, ListsFieldsInTheOrderOfTheRulesWithAllTheirMessages) {
    const FieldRules table[] = {{"device_id", "required|string|uuid"}, {"body", "required|string"}};

    const auto errors = validate({{"device_id", number("5")}}, table);

    STRCMP_EQUAL(R"-({"message":"The device id field must be a string. (and 2 more errors)",)-"
                 R"("errors":{"device_id":["The device id field must be a string.",)"
                 R"("The device id field must be a valid UUID."],)"
                 R"("body":["The body field is required."]}})",
                 errors.toJson().c_str());
}

TEST(LaravelValidation, SpeaksOfOneMoreErrorInTheSingular) {
    const FieldRules table[] = {{"a", "required"}, {"b", "required"}};

    STRCMP_CONTAINS("The a field is required. (and 1 more error)\"",
                    validate({}, table).toJson().c_str());
}
