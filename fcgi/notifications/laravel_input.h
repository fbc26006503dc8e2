// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/form_fields.h"
#include "fcgi/http/http_message.h"
#include "shared/json/json_scan.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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
/// The fields of a query string. `name[]` and `name[key]` make the field `name` an Array, of which
/// nothing but that is known: no query of ours takes one.
InputFields readQueryFields(std::string_view query);

/// The fields `names` of a request's body: JSON, form or multipart, and with the latter two those
/// of the query. None of a body that is malformed or of another type, as in Laravel.
InputFields readInputFields(const HttpRequest &request, std::span<const std::string_view> names);

/// Looks into fields that have passed the check. nullopt: Null, absent, or of another form. Borrows
/// them.
class CheckedFields {
  public:
    explicit CheckedFields(const InputFields &fields) : fields_(fields) {}

    std::optional<std::string> text(std::string_view field) const;
    std::optional<std::int64_t> hundredths(std::string_view field) const;
    std::optional<std::int64_t> whole(std::string_view field) const;
    /// A date as parseTime takes it, in the form of the database: `2026-11-24 09:00:00`.
    std::optional<std::string> time(std::string_view field) const;
    bool isTrue(std::string_view field) const; ///< absent: false

  private:
    const InputFields &fields_;
};

} // namespace pregon
