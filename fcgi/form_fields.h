#pragma once

#include "fcgi/http_message.h"
#include "shared/result.h"

#include <map>
#include <string>
#include <string_view>

namespace pregon {

/// Fields by name; of several with one name the last counts, as in PHP.
using FormFields = std::map<std::string, std::string, std::less<>>;

/// Percent-decoding, once; a `%` without two hex digits stays as it is.
enum class PlusSign { IsPlus, IsSpace };
std::string percentDecode(std::string_view text, PlusSign plus);

/// `a=1&b=2`, percent-decoded, `+` as space.
FormFields parseUrlEncoded(std::string_view text);

/// The fields of a request: a body of `application/x-www-form-urlencoded`, `multipart/form-data` or
/// JSON (an object; members that are strings or numbers), and the query for names that the body
/// does not have. BadRequest: the body is not what its Content-Type says.
Result<FormFields> readFormFields(const HttpRequest &request);

} // namespace pregon
