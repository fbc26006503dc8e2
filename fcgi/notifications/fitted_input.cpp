// SPDX-License-Identifier: MIT
#include "fcgi/notifications/fitted_input.h"

#include "shared/store/notice_columns.h"
#include "shared/store/schema_names.h"

namespace pregon {
namespace {

/// Null: not given.
std::string *textOf(NotificationInput &input, std::string_view column) {
    const auto given = [](std::optional<std::string> &text) { return text ? &*text : nullptr; };
    if (column == "body")
        return &input.body;
    if (column == "title")
        return given(input.title);
    if (column == "payer_name")
        return given(input.payerName);
    if (column == "raw_json")
        return given(input.rawJson);
    if (column == "package_name")
        return given(input.packageName);
    return column == "currency" ? given(input.currency) : nullptr;
}

/// The server knows best what its character sets hold.
Result<std::string> converted(Database &database, const std::string &text,
                              const std::string &characterSet) {
    if (!isSqlIdentifier(characterSet)) // a binary column has none: it holds everything
        return text;
    const auto rows = database.query(
        "SELECT CONVERT(CONVERT(:text USING " + characterSet + ") USING utf8mb4)", 1, {text});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->front()[0].value_or("");
}

} // namespace

Result<FittedInput> fitToColumns(Database &database, const NotificationInput &input) {
    const auto columns = noticeColumns(database);
    if (!columns)
        return tl::unexpected<Error>(columns.error());
    FittedInput fitted{input, ""};
    for (const NoticeColumn &column : *columns) {
        std::string *text = textOf(fitted.input, column.name);
        if (text == nullptr || column.holdsEverything())
            continue;
        const auto kept = converted(database, *text, column.characterSet);
        if (!kept)
            return tl::unexpected<Error>(kept.error());
        if (*kept == *text)
            continue;
        *text = *kept;
        fitted.altered.append(fitted.altered.empty() ? "" : ", ")
            .append(column.name)
            .append(" (" + column.characterSet + ")");
    }
    return fitted;
}

} // namespace pregon
