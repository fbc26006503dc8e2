#pragma once

#include "fcgi/form_fields.h"
#include "shared/json_scan.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// A field of a request as Laravel's TrimStrings and ConvertEmptyStringsToNull leave it: strings
/// have no white space at their ends, an empty one is Null. NUL characters are left out, because no
/// database text can hold them.
struct InputValue {
    enum class Kind { Null, Boolean, Number, String, Array };
    Kind kind = Kind::Null;
    std::string text; ///< a String's characters; else JSON text
};

/// A field that the request does not have is not in here, or is Null: to Laravel the same.
using InputFields = std::map<std::string, InputValue, std::less<>>;

InputValue makeInput(std::string_view text);
/// A slice of a scanned text. What stands inside an array or object stays as it was sent, but for
/// the white space between its tokens.
InputValue makeInput(const JsonSlice &slice);
InputFields makeInput(const FormFields &fields);

/// A field and Laravel's rules for it, as it writes them: `nullable|string|max:255`.
/// Known: required, nullable, string, uuid, in:A,B, size:N and max:N (characters), numeric,
/// integer, min:N and max:N (of a field that is numeric or integer; compared in hundredths), date
/// (ISO 8601 only, see date_text.h), array.
struct FieldRules {
    std::string_view field;
    std::string_view rules;
};

struct FieldErrors {
    std::string field;
    std::vector<std::string> messages;
};

/// Why a request is refused: fields in the order of the rules, messages in Laravel's words.
struct ValidationErrors {
    std::vector<FieldErrors> fields;

    bool empty() const { return fields.empty(); }
    /// The body of Laravel's 422: `{"message":"… (and 2 more errors)","errors":{…}}`.
    std::string toJson() const;
};

/// Checks every field of `table`. As in Laravel, a field that is required and not there has only
/// that message; of the others every rule is checked. An unknown rule is a fault of ours: assert.
ValidationErrors validate(const InputFields &input, std::span<const FieldRules> table);

} // namespace pregon
