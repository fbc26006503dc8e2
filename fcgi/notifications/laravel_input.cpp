// SPDX-License-Identifier: MIT
#include "fcgi/notifications/laravel_input.h"

#include "fcgi/http/form_fields.h"
#include "fcgi/notifications/date_text.h"
#include "fcgi/notifications/decimal_text.h"
#include "shared/ascii.h"
#include "shared/clock.h"

#include <vector>

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

InputFields readJsonFields(std::string_view body, std::span<const std::string_view> names) {
    std::vector<JsonSlice> found(names.size());
    InputFields fields;
    if (!scanJsonObject(body, names, found))
        return fields;
    for (std::size_t i = 0; i < names.size(); i++)
        fields.emplace(names[i], makeInput(found[i]));
    return fields;
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

InputFields readQueryFields(std::string_view query) {
    InputFields input;
    for (const auto &[name, text] : parseUrlEncoded(query)) {
        const std::size_t bracket = name.find('[');
        input.insert_or_assign(name.substr(0, bracket), bracket == std::string::npos
                                                            ? makeInput(std::string_view(text))
                                                            : InputValue{Kind::Array, "[]"});
    }
    return input;
}

InputFields readInputFields(const HttpRequest &request, std::span<const std::string_view> names) {
    const std::string type = asciiLower(request.contentType);
    if (type.find("/json") != std::string::npos || type.find("+json") != std::string::npos)
        return readJsonFields(request.body, names);
    if (!type.starts_with("application/x-www-form-urlencoded") &&
        !type.starts_with("multipart/form-data"))
        return {};
    const auto form = readFormFields(request);
    return form ? makeInput(*form) : InputFields{};
}

std::optional<std::string> CheckedFields::text(std::string_view field) const {
    const auto found = fields_.find(field);
    if (found == fields_.end() || found->second.kind == Kind::Null)
        return std::nullopt;
    return found->second.text;
}

std::optional<std::int64_t> CheckedFields::hundredths(std::string_view field) const {
    const auto value = text(field);
    return value ? parseHundredths(*value) : std::nullopt;
}

std::optional<std::int64_t> CheckedFields::whole(std::string_view field) const {
    const auto value = text(field);
    return value ? parseWhole(*value) : std::nullopt;
}

std::optional<std::string> CheckedFields::time(std::string_view field) const {
    const auto value = text(field);
    const auto seconds = value ? parseTime(*value) : std::nullopt;
    return seconds ? std::optional(formatSqlTime(*seconds)) : std::nullopt;
}

bool CheckedFields::isTrue(std::string_view field) const {
    const auto value = text(field);
    return value == "true" || value == "1";
}

} // namespace pregon
