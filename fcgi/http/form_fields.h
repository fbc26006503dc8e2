// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"
#include "shared/result.h"
#include "shared/url_encoding.h"

namespace pregon {

using FormFields = UrlFields;

/// The fields of a request: a body of `application/x-www-form-urlencoded`, `multipart/form-data` or
/// JSON (an object; members that are strings or numbers, and lists, whose elements become
/// `name[0]`, `name[1]`, … as a form would call them; empty where they are no strings), and the
/// query for names that the body does not have. BadRequest: the body is not what its Content-Type
/// says.
Result<FormFields> readFormFields(const HttpRequest &request);

} // namespace pregon
