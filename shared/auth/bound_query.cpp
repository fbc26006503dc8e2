// SPDX-License-Identifier: MIT
#include "shared/auth/bound_query.h"

#include "shared/ascii.h"

namespace pregon {

BoundQuery bindNames(std::string_view sql,
                     const std::function<std::string_view(const std::string &)> &behind) {
    BoundQuery query;
    bool quoted = false;
    for (std::size_t i = 0; i < sql.size(); i++) {
        quoted = quoted != (sql[i] == '\'');
        const bool isName = sql[i] == ':' && !quoted && i + 1 < sql.size() &&
                            isWordCharacter(sql[i + 1]) && (i == 0 || sql[i - 1] != ':');
        if (!isName) {
            query.sql += sql[i];
            continue;
        }
        std::size_t end = i + 1;
        while (end < sql.size() && (isWordCharacter(sql[end]) || sql[end] == '.'))
            end++;
        query.sql += ":p" + std::to_string(query.names.size());
        query.names.emplace_back(sql.substr(i + 1, end - i - 1));
        if (behind)
            query.sql += behind(query.names.back());
        i = end - 1;
    }
    return query;
}

} // namespace pregon
