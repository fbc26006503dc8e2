// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/laravel_input.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// A field and Laravel's rules for it, as it writes them: `nullable|string|max:255`.
/// Known: required, nullable, string, uuid, in:A,B, size:N and max:N (characters), numeric,
/// integer, min:N and max:N (of a field that is numeric or integer; compared in hundredths), date
/// (see date_text.h), after_or_equal:FIELD , boolean
/// (true, false, 0, 1 and, as strings, only the latter two), array.
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
