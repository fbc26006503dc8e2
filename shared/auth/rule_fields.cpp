// SPDX-License-Identifier: MIT
#include "shared/auth/rule_fields.h"

#include "shared/auth/bound_query.h"
#include "shared/auth/channel_condition.h"
#include "shared/auth/user_store.h"
#include "shared/store/schema_names.h"

#include <algorithm>
#include <set>

namespace pregon {

tl::unexpected<Error> invalidRule(std::string reason) {
    return failure(Errc::BadRequest, std::move(reason));
}

std::optional<std::string> userColumn(const UserColumns &columns,
                                      const std::optional<std::string> &text) {
    if (!text || !text->starts_with(kUserPrefix) ||
        !isUserColumn(columns, text->substr(kUserPrefix.size())))
        return std::nullopt;
    return text->substr(kUserPrefix.size());
}

std::string columnFault(std::string_view text, const std::string &expected) {
    const bool isColumn = text.starts_with(kUserPrefix) &&
                          isSqlIdentifier(text.substr(std::min(kUserPrefix.size(), text.size())));
    return isColumn ? std::string(text) + ": PREGON_USER_COLUMNS does not list " +
                          std::string(text.substr(kUserPrefix.size()))
                    : expected;
}

Result<Done> checkMembers(JsonValue object, const std::vector<KnownMember> &known) {
    Result<Done> result = Done{};
    std::set<std::string_view> seen;
    object.forEach([&](std::string_view name, JsonValue value) {
        const auto member = std::find_if(known.begin(), known.end(),
                                         [&](const KnownMember &one) { return one.name == name; });
        if (member == known.end())
            result = invalidRule("unknown member \"" + std::string(name) + "\"");
        else if (member->hasType != nullptr && !(value.*member->hasType)())
            result = invalidRule("\"" + std::string(name) + "\" has the wrong type");
        else if (!seen.insert(member->name).second)
            result = invalidRule("\"" + std::string(name) + "\" stands there twice");
    });
    return result;
}

Result<Done> checkQuery(const UserColumns &columns, const std::string &sql,
                        const std::vector<std::string> &names) {
    for (const std::string &name : bindNames(sql).names)
        if (!userColumn(columns, name) &&
            std::find(names.begin(), names.end(), name) == names.end())
            return invalidRule("query: " + columnFault(name, "there is no :" + name));
    return Done{};
}

} // namespace pregon
