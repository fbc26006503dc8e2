// SPDX-License-Identifier: MIT
#include "shared/store/schema_names.h"

#include "shared/ascii.h"

#include <algorithm>
#include <optional>

namespace pregon {

bool isSqlIdentifier(std::string_view text) {
    constexpr std::size_t kMaxLength = 63; // of PostgreSQL
    return !text.empty() && text.size() <= kMaxLength && !(text[0] >= '0' && text[0] <= '9') &&
           std::all_of(text.begin(), text.end(), isWordCharacter);
}

namespace {

/// `name` or `first.second`.
bool isDottedPair(std::string_view text) {
    const std::size_t dot = text.find('.');
    return dot != std::string_view::npos && isSqlIdentifier(text.substr(0, dot)) &&
           isSqlIdentifier(text.substr(dot + 1));
}

struct Renaming {
    std::string_view ours, theirs;
};

std::optional<Renaming> splitRenaming(std::string_view entry) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos)
        return std::nullopt;
    return Renaming{trimLine(entry.substr(0, equals)), trimLine(entry.substr(equals + 1))};
}

} // namespace

Result<SchemaNames> SchemaNames::parse(const std::vector<std::string> &tables,
                                       const std::vector<std::string> &columns) {
    SchemaNames names;
    for (const std::string &entry : tables) {
        const auto renaming = splitRenaming(entry);
        if (!renaming || !isSqlIdentifier(renaming->ours) ||
            !(isSqlIdentifier(renaming->theirs) || isDottedPair(renaming->theirs)))
            return failure(Errc::BadRequest, entry + ": expected table=name");
        names.renamed_.insert_or_assign(std::string(renaming->ours), renaming->theirs);
    }
    for (const std::string &entry : columns) {
        const auto renaming = splitRenaming(entry);
        if (!renaming || !isDottedPair(renaming->ours) || !isSqlIdentifier(renaming->theirs))
            return failure(Errc::BadRequest, entry + ": expected table.column=name");
        names.renamed_.insert_or_assign(std::string(renaming->ours), renaming->theirs);
    }
    return names;
}

std::string SchemaNames::nameOf(std::string_view ours) const {
    if (const auto found = renamed_.find(ours); found != renamed_.end())
        return found->second;
    const std::size_t dot = ours.find('.');
    return std::string(dot == std::string_view::npos ? ours : ours.substr(dot + 1));
}

std::string SchemaNames::apply(std::string_view sql) const {
    std::string text;
    while (!sql.empty()) {
        const std::size_t open = std::min(sql.find('{'), sql.size());
        text += sql.substr(0, open);
        sql.remove_prefix(open);
        if (sql.empty())
            break;
        const std::size_t close = sql.find('}');
        const std::string_view name = sql.substr(1, close - 1);
        if (close != std::string_view::npos && (isSqlIdentifier(name) || isDottedPair(name))) {
            text += nameOf(name);
            sql.remove_prefix(close + 1);
        } else {
            text += '{'; // a brace of its own
            sql.remove_prefix(1);
        }
    }
    return text;
}

} // namespace pregon
