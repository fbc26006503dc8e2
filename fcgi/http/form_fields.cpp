// SPDX-License-Identifier: MIT
#include "fcgi/http/form_fields.h"

#include "shared/ascii.h"
#include "shared/json/json.h"

#include <algorithm>
#include <optional>

namespace pregon {
namespace {

bool startsWithIgnoringCase(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), text.begin(),
                      [](char a, char b) { return asciiLower(a) == asciiLower(b); });
}

/// The value of `name="…"` or `name=…` among a header's parameters.
std::optional<std::string> parameterOf(std::string_view header, std::string_view name) {
    const std::string wanted = std::string(name) + "=";
    for (std::size_t at = header.find(';'); at != std::string_view::npos;
         at = header.find(';', at + 1)) {
        std::string_view rest = header.substr(at + 1);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        if (!startsWithIgnoringCase(rest, wanted))
            continue;
        rest.remove_prefix(wanted.size());
        if (rest.starts_with('"'))
            return std::string(rest.substr(1, rest.find('"', 1) - 1));
        return std::string(rest.substr(0, rest.find(';')));
    }
    return std::nullopt;
}

/// The `name` of one part's Content-Disposition; nullopt if it has none.
std::optional<std::string> partName(std::string_view head) {
    while (!head.empty()) {
        const std::size_t end = std::min(head.find("\r\n"), head.size());
        const std::string_view line = head.substr(0, end);
        if (startsWithIgnoringCase(line, "content-disposition:"))
            return parameterOf(line, "name");
        head.remove_prefix(std::min(end + 2, head.size()));
    }
    return std::nullopt;
}

Result<FormFields> parseMultipart(std::string_view body, std::string_view contentType) {
    const auto boundary = parameterOf(contentType, "boundary");
    if (!boundary || boundary->empty())
        return failure(Errc::BadRequest, "multipart body without boundary");
    const std::string separator = "\r\n--" + *boundary;
    FormFields fields;
    const std::string text = "\r\n" + std::string(body); // so that the first separator is like all
    std::string_view rest(text);
    rest.remove_prefix(std::min(rest.find(separator), rest.size()));
    while (rest.starts_with(separator)) {
        rest.remove_prefix(separator.size());
        if (rest.starts_with("--"))
            return fields;
        const std::size_t headEnd = rest.find("\r\n\r\n");
        const std::size_t end = rest.find(separator);
        if (headEnd == std::string_view::npos || end == std::string_view::npos || headEnd > end)
            break;
        const std::string_view head = headEnd < 2 ? "" : rest.substr(2, headEnd - 2);
        if (const auto name = partName(head))
            fields[*name] = rest.substr(headEnd + 4, std::max(end, headEnd + 4) - headEnd - 4);
        rest.remove_prefix(end);
    }
    return failure(Errc::BadRequest, "malformed multipart body");
}

/// A text, never a number: 12.10 and 12.1 are two sockets.
constexpr std::string_view kSocketId = "socket_id";

/// Laravel sees `name[0]`, `name[1]` of a form as the same list.
void addList(FormFields &fields, std::string_view name, JsonValue list) {
    std::size_t index = 0;
    list.forEach([&](std::string_view, JsonValue element) {
        const std::string key = std::string(name) + "[" + std::to_string(index++) + "]";
        fields[key] = element.asString().value_or("");
    });
}

Result<FormFields> parseJsonFields(std::string_view body) {
    const auto document = JsonDocument::parse(body);
    if (!document)
        return tl::unexpected<Error>(document.error());
    if (!document->root().isObject())
        return failure(Errc::BadRequest, "JSON body is not an object");
    FormFields fields;
    document->root().forEach([&](std::string_view name, JsonValue value) {
        if (const auto text = value.asString())
            fields[std::string(name)] = *text;
        else if (const auto number = value.asNumberText(); number && name != kSocketId)
            fields[std::string(name)] = *number;
        else if (value.isArray())
            addList(fields, name, value);
    });
    return fields;
}

Result<FormFields> parseBody(const HttpRequest &request) {
    if (request.body.empty())
        return FormFields{};
    if (startsWithIgnoringCase(request.contentType, "multipart/form-data"))
        return parseMultipart(request.body, request.contentType);
    if (startsWithIgnoringCase(request.contentType, "application/json"))
        return parseJsonFields(request.body);
    if (startsWithIgnoringCase(request.contentType, "application/x-www-form-urlencoded"))
        return parseUrlEncoded(request.body);
    return FormFields{};
}

} // namespace

Result<FormFields> readFormFields(const HttpRequest &request) {
    auto fields = parseBody(request);
    if (!fields)
        return fields;
    fields->merge(parseUrlEncoded(request.query)); // keeps what the body has
    return fields;
}

} // namespace pregon
