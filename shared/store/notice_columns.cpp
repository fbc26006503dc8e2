// SPDX-License-Identifier: MIT
#include "shared/store/notice_columns.h"

#include <span>

namespace pregon {
namespace {

constexpr std::string_view kNames[] = {"title",    "body",         "payer_name",
                                       "raw_json", "package_name", "currency"};

/// An aggregate has a row, and the column's character set, of an empty table too.
std::string questionFor(std::span<const std::string_view> names) {
    std::string sql;
    for (const std::string_view name : names)
        sql.append(sql.empty() ? "SELECT " : ", ")
            .append("charset(max({notifications.")
            .append(name)
            .append("}))");
    return sql + " FROM {notifications} WHERE 1 = 0";
}

} // namespace

Result<std::vector<NoticeColumn>> noticeColumns(Database &database) {
    std::vector<NoticeColumn> columns;
    if (database.kind() != DatabaseKind::MariaDb)
        return columns;
    const auto rows = database.query(questionFor(kNames), std::size(kNames));
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    for (std::size_t i = 0; i < std::size(kNames); i++)
        columns.push_back({kNames[i], rows->front()[i].value_or("")});
    return columns;
}

} // namespace pregon
