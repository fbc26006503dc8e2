#include "fcgi/laravel_validation.h"

#include "fcgi/date_text.h"
#include "fcgi/decimal_text.h"
#include "shared/json.h"

#include <algorithm>
#include <cassert>

namespace pregon {
namespace {

using Kind = InputValue::Kind;

/// What Str::trim of Laravel 11 takes off: Unicode white space, and marks without width.
constexpr std::string_view kBlanks[] = {
    " ",      "\n",     "\r",     "\t",     "\v",     "\f",     "\u0085",
    "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
    "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u2028",
    "\u2029", "\u202F", "\u205F", "\u3000", "\uFEFF", "\u200B", "\u200E",
};

std::string_view trimmed(std::string_view text) {
    for (bool found = true; found;) {
        found = false;
        for (const std::string_view blank : kBlanks) {
            if (text.starts_with(blank)) {
                text.remove_prefix(blank.size());
                found = true;
            } else if (text.ends_with(blank)) {
                text.remove_suffix(blank.size());
                found = true;
            }
        }
    }
    return text;
}

/// Valid JSON without the white space between its tokens.
std::string compact(std::string_view json) {
    std::string text;
    bool isInString = false;
    for (std::size_t i = 0; i < json.size(); i++) {
        const char c = json[i];
        if (c == '"')
            isInString = !isInString;
        if (isInString || std::string_view(" \t\r\n").find(c) == std::string_view::npos)
            text += c;
        if (c == '\\' && i + 1 < json.size())
            text += json[++i]; // whatever is escaped ends no string
    }
    return text;
}

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
    return value.kind == Kind::String && parseWallClock(value.text).has_value();
}

bool isArray(const InputValue &value, std::string_view) {
    return value.kind == Kind::Array;
}

enum class FieldType { Any, Text, Numeric };

struct Check {
    std::string_view rule;
    FieldType type; ///< of the fields that this line is for
    bool (*holds)(const InputValue &value, std::string_view parameter);
    std::string_view message; ///< Laravel's, from its lang/en/validation.php
};

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

std::string fillIn(std::string_view message, std::string_view field, std::string_view parameter) {
    std::string words(field);
    std::replace(words.begin(), words.end(), '_', ' ');
    std::string text(message);
    replace(text, ":attribute", words);
    replace(text, ":limit", parameter);
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

std::vector<std::string> checkField(const InputValue &value, const FieldRules &field) {
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
        if (!check.holds(value, parameter))
            messages.push_back(fillIn(check.message, field.field, parameter));
        return true;
    });
    return messages;
}

} // namespace

InputValue makeInput(std::string_view text) {
    std::string kept(text);
    std::erase(kept, '\0');
    const std::string_view content = trimmed(kept);
    if (content.empty())
        return {};
    return {Kind::String, std::string(content)};
}

InputValue makeInput(const JsonSlice &slice) {
    switch (slice.kind) {
    case JsonKind::Missing:
    case JsonKind::Null:
        return {};
    case JsonKind::Boolean:
        return {Kind::Boolean, std::string(slice.raw)};
    case JsonKind::Number:
        return {Kind::Number, std::string(slice.raw)};
    case JsonKind::String:
        return makeInput(std::string_view(decodeJsonString(slice.raw)));
    case JsonKind::Array:
    case JsonKind::Object:
        return {Kind::Array, compact(slice.raw)};
    }
    return {};
}

InputFields makeInput(const FormFields &fields) {
    InputFields input;
    for (const auto &[name, text] : fields)
        input.emplace(name, makeInput(std::string_view(text)));
    return input;
}

ValidationErrors validate(const InputFields &input, std::span<const FieldRules> table) {
    ValidationErrors errors;
    for (const FieldRules &field : table) {
        const auto found = input.find(field.field);
        auto messages = checkField(found != input.end() ? found->second : InputValue{}, field);
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
