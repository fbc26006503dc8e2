// SPDX-License-Identifier: MIT
#include "fcgi/notifications/laravel_validation.h"

#include "fcgi/notifications/date_text.h"
#include "fcgi/notifications/decimal_text.h"
#include "shared/json/json.h"

#include <algorithm>
#include <cassert>

namespace pregon {
namespace {

using Kind = InputValue::Kind;

bool isString(const InputValue &value, std::string_view) {
    return value.kind == Kind::String && isValidUtf8(value.text);
}

bool isUuid(const InputValue &value, std::string_view) {
    constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    constexpr std::string_view kHex = "0123456789abcdefABCDEF";
    return value.kind == Kind::String &&
           std::equal(value.text.begin(), value.text.end(), kShape.begin(), kShape.end(),
                      [&](char c, char shape) {
                          return shape == '-' ? c == '-' : kHex.find(c) != std::string_view::npos;
                      });
}

/// Calls `visit` with each piece between separators, until it answers false.
template <class Visit>
void forEachPiece(std::string_view list, char separator, const Visit &visit) {
    for (;;) {
        const std::size_t end = list.find(separator);
        if (!visit(list.substr(0, end)) || end == std::string_view::npos)
            return;
        list.remove_prefix(end + 1);
    }
}

bool isOneOf(const InputValue &value, std::string_view choices) {
    bool isListed = false;
    if (value.kind == Kind::String || value.kind == Kind::Number)
        forEachPiece(choices, ',', [&](std::string_view choice) {
            isListed = choice == value.text;
            return !isListed;
        });
    return isListed;
}

/// The lengths of anything but strings are of no interest: `string` has refused it already.
bool hasSize(const InputValue &value, std::string_view size) {
    return value.kind != Kind::String || parseWhole(size) == countCodePoints(value.text);
}

bool hasAtMost(const InputValue &value, std::string_view size) {
    return value.kind != Kind::String ||
           std::cmp_less_equal(countCodePoints(value.text), parseWhole(size).value_or(0));
}

bool isNumeric(const InputValue &value, std::string_view) {
    return (value.kind == Kind::Number || value.kind == Kind::String) && isDecimal(value.text);
}

/// As FILTER_VALIDATE_INT: a string is written plainly, `5` and not `5.0` or `05`.
bool isInteger(const InputValue &value, std::string_view) {
    if (!isNumeric(value, {}) || !parseWhole(value.text))
        return false;
    if (value.kind == Kind::Number)
        return true;
    const std::string_view text = value.text;
    const std::string_view digits = text.substr(text[0] == '-' || text[0] == '+' ? 1 : 0);
    return digits.find_first_not_of("0123456789") == std::string_view::npos &&
           (digits == "0" || !digits.starts_with('0'));
}

/// What is no number is told so by `numeric` or `integer`, not by these two.
bool isAtLeast(const InputValue &value, std::string_view minimum) {
    return !isNumeric(value, {}) || parseHundredths(value.text) >= parseHundredths(minimum);
}

bool isAtMost(const InputValue &value, std::string_view maximum) {
    return !isNumeric(value, {}) || parseHundredths(value.text) <= parseHundredths(maximum);
}

bool isDate(const InputValue &value, std::string_view) {
    return value.kind == Kind::String && parseTime(value.text).has_value();
}

/// `earliest` is another field's text. Where that is no date there is nothing to compare with.
bool isNotBefore(const InputValue &value, std::string_view earliest) {
    const auto first = parseTime(earliest);
    return !first || (isDate(value, {}) && parseTime(value.text) >= first);
}

bool isArray(const InputValue &value, std::string_view) {
    return value.kind == Kind::Array;
}

bool isBoolean(const InputValue &value, std::string_view) {
    if (value.kind == Kind::Boolean)
        return true;
    return (value.kind == Kind::Number || value.kind == Kind::String) &&
           (value.text == "0" || value.text == "1");
}

enum class FieldType { Any, Text, Numeric };

struct Check {
    std::string_view rule;
    FieldType type; ///< of the fields that this line is for
    bool (*holds)(const InputValue &value, std::string_view parameter);
    std::string_view message; ///< Laravel's, from its lang/en/validation.php
};

/// The only rule whose parameter is another field.
constexpr std::string_view kNotBefore = "after_or_equal";

constexpr Check kChecks[] = {
    {"string", FieldType::Any, isString, "The :attribute field must be a string."},
    {"uuid", FieldType::Any, isUuid, "The :attribute field must be a valid UUID."},
    {"in", FieldType::Any, isOneOf, "The selected :attribute is invalid."},
    {"size", FieldType::Text, hasSize, "The :attribute field must be :limit characters."},
    {"max", FieldType::Text, hasAtMost,
     "The :attribute field must not be greater than :limit characters."},
    {"numeric", FieldType::Any, isNumeric, "The :attribute field must be a number."},
    {"integer", FieldType::Any, isInteger, "The :attribute field must be an integer."},
    {"min", FieldType::Numeric, isAtLeast, "The :attribute field must be at least :limit."},
    {"max", FieldType::Numeric, isAtMost, "The :attribute field must not be greater than :limit."},
    {"date", FieldType::Any, isDate, "The :attribute field must be a valid date."},
    {kNotBefore, FieldType::Any, isNotBefore,
     "The :attribute field must be a date after or equal to :date."},
    {"boolean", FieldType::Any, isBoolean, "The :attribute field must be true or false."},
    {"array", FieldType::Any, isArray, "The :attribute field must be an array."},
};

constexpr std::string_view kRequired = "The :attribute field is required.";

const Check &findCheck(std::string_view rule, FieldType type) {
    const auto *found =
        std::find_if(std::begin(kChecks), std::end(kChecks), [&](const Check &check) {
            return check.rule == rule && (check.type == FieldType::Any || check.type == type);
        });
    assert(found != std::end(kChecks));
    return *found;
}

void replace(std::string &text, std::string_view placeholder, std::string_view replacement) {
    if (const std::size_t at = text.find(placeholder); at != std::string::npos)
        text.replace(at, placeholder.size(), replacement);
}

std::string inWords(std::string_view field) {
    std::string words(field);
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string fillIn(std::string_view message, std::string_view field, std::string_view parameter) {
    std::string text(message);
    replace(text, ":attribute", inWords(field));
    replace(text, ":limit", parameter);
    replace(text, ":date", inWords(parameter));
    return text;
}

bool hasRule(std::string_view rules, std::string_view wanted) {
    bool found = false;
    forEachPiece(rules, '|', [&](std::string_view rule) {
        found = rule == wanted;
        return !found;
    });
    return found;
}

/// To `required`, `[]` and `{}` are nothing, too.
bool isMissing(const InputValue &value) {
    return value.kind == Kind::Null ||
           (value.kind == Kind::Array && value.text.find_first_not_of("[]{}") == std::string::npos);
}

const InputValue &valueOf(const InputFields &input, std::string_view field) {
    static const InputValue kNull;
    const auto found = input.find(field);
    return found != input.end() ? found->second : kNull;
}

std::vector<std::string> checkField(const InputFields &input, const FieldRules &field) {
    const InputValue &value = valueOf(input, field.field);
    if (hasRule(field.rules, "required") && isMissing(value))
        return {fillIn(kRequired, field.field, {})};
    if (value.kind == Kind::Null)
        return {};
    const FieldType type = hasRule(field.rules, "numeric") || hasRule(field.rules, "integer")
                               ? FieldType::Numeric
                               : FieldType::Text;
    std::vector<std::string> messages;
    forEachPiece(field.rules, '|', [&](std::string_view rule) {
        if (rule == "required" || rule == "nullable")
            return true;
        const std::size_t colon = std::min(rule.find(':'), rule.size());
        const std::string_view parameter = rule.substr(std::min(colon + 1, rule.size()));
        const Check &check = findCheck(rule.substr(0, colon), type);
        const std::string_view operand =
            check.rule == kNotBefore ? valueOf(input, parameter).text : parameter;
        if (!check.holds(value, operand))
            messages.push_back(fillIn(check.message, field.field, parameter));
        return true;
    });
    return messages;
}

} // namespace

ValidationErrors validate(const InputFields &input, std::span<const FieldRules> table) {
    ValidationErrors errors;
    for (const FieldRules &field : table) {
        auto messages = checkField(input, field);
        if (!messages.empty())
            errors.fields.push_back({std::string(field.field), std::move(messages)});
    }
    return errors;
}

std::string ValidationErrors::toJson() const {
    std::size_t count = 0;
    for (const FieldErrors &field : fields)
        count += field.messages.size();
    std::string summary = count > 0 ? fields.front().messages.front() : "";
    if (count > 1)
        summary += " (and " + std::to_string(count - 1) + " more error" + (count > 2 ? "s)" : ")");
    JsonWriter json;
    json.beginObject().key("message").string(summary).key("errors").beginObject();
    for (const FieldErrors &field : fields) {
        json.key(field.field).beginArray();
        for (const std::string &message : field.messages)
            json.string(message);
        json.endArray();
    }
    json.endObject().endObject();
    return json.take();
}

} // namespace pregon
