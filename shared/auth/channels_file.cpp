// SPDX-License-Identifier: MIT
#include "shared/auth/channels_file.h"

#include "shared/ascii.h"
#include "shared/auth/condition_reader.h"
#include "shared/auth/user_store.h"
#include "shared/json/json.h"
#include "shared/store/schema_names.h"
#include "shared/text_encoding.h"

#include <algorithm>
#include <map>

namespace pregon {
namespace {

/// The names in the braces of a pattern; BadRequest if one is no word or appears twice.
Result<std::vector<std::string>> parameterNames(std::string_view pattern) {
    std::vector<std::string> names;
    for (std::size_t at = pattern.find('{'); at != std::string_view::npos;
         at = pattern.find('{', at + 1)) {
        const std::size_t end = pattern.find('}', at);
        const std::string_view name =
            pattern.substr(at + 1, end == std::string_view::npos ? 0 : end - at - 1);
        const bool isWord = !name.empty() && std::all_of(name.begin(), name.end(), isWordCharacter);
        if (!isWord || std::find(names.begin(), names.end(), name) != names.end())
            return invalidRule("pattern \"" + std::string(pattern) + "\" is malformed");
        names.emplace_back(name);
    }
    return names;
}

/// `idMember` names the user; `user_info` is a list of columns, or an object of member and column.
Result<UserPart> readUserPart(const UserColumns &columns, JsonValue part, const char *idMember) {
    const auto id = userColumn(columns, part.find(idMember).asString());
    if (!id)
        return invalidRule(columnFault(part.find(idMember).asString().value_or(""),
                                       std::string(idMember) + " must be \"user.COLUMN\""));
    UserPart user{*id, {}};
    const JsonValue info = part.find("user_info");
    const std::string expected =
        "user_info must be a list of columns, or an object of names and columns";
    if (info.exists() && !info.isArray() && !info.isObject())
        return invalidRule(expected);
    std::string fault;
    info.forEach([&](std::string_view member, JsonValue value) {
        const std::string column = value.asString().value_or("");
        if (fault.empty() && !isUserColumn(columns, column))
            fault = columnFault(std::string(kUserPrefix) + column, expected);
        user.info.emplace_back(info.isArray() ? column : std::string(member), column);
    });
    if (!fault.empty())
        return invalidRule(fault);
    return user;
}

Result<Done> readPresence(const UserColumns &columns, JsonValue entry, ChannelRule &rule) {
    if (!entry.find("presence").exists())
        return Done{};
    auto part = readUserPart(columns, entry.find("presence"), "user_id");
    if (!part)
        return invalidRule("presence: " + part.error().reason);
    rule.presence = std::move(*part);
    return Done{};
}

Result<Done> readGuards(JsonValue entry, ChannelRule &rule) {
    const JsonValue list = entry.find("guards");
    bool isGood = !list.exists() || list.size() > 0;
    list.forEach([&](std::string_view, JsonValue guard) {
        isGood = isGood && !guard.asString().value_or("").empty();
        rule.guards.push_back(guard.asString().value_or(""));
    });
    return isGood ? Result<Done>(Done{}) : invalidRule("guards: expected a list of names");
}

Result<Done> checkTogether(JsonValue entry, const ChannelRule &rule) {
    const bool isDecided = hasCondition(entry);
    if (rule.isForApplication &&
        (isDecided || rule.presence || !rule.guards.empty() || !rule.condition.ability.empty()))
        return invalidRule("\"fallback\" leaves the decision to the application: nothing but "
                           "\"channel\" may stand beside it");
    if (!rule.isForApplication && !isDecided)
        return invalidRule("none of \"allow\", \"user\", \"query\", \"any\" and \"all\"");
    return Done{};
}

const std::vector<KnownMember> &ruleMembers() {
    static const std::vector<KnownMember> kMembers = [] {
        std::vector<KnownMember> all = conditionMembers();
        all.insert(all.end(), {{"channel", &JsonValue::isString},
                               {"guards", &JsonValue::isArray},
                               {"presence", &JsonValue::isObject},
                               {"fallback", &JsonValue::isBoolean}});
        return all;
    }();
    return kMembers;
}

Result<ChannelRule> readRule(const UserColumns &columns, JsonValue entry) {
    if (!entry.isObject())
        return invalidRule("expected an object");
    if (const auto known = checkMembers(entry, ruleMembers()); !known)
        return tl::unexpected<Error>(known.error());
    ChannelRule rule;
    rule.pattern = entry.find("channel").asString().value_or("");
    if (rule.pattern.empty())
        return invalidRule("\"channel\" is missing");
    rule.isForApplication = entry.find("fallback").asBoolean().value_or(false);
    const auto names = parameterNames(rule.pattern);
    if (!names)
        return tl::unexpected<Error>(names.error());
    auto condition = readCondition(columns, entry, *names);
    if (!condition)
        return tl::unexpected<Error>(condition.error());
    rule.condition = std::move(*condition);
    if (const auto done = readGuards(entry, rule); !done)
        return tl::unexpected<Error>(done.error());
    if (const auto done = readPresence(columns, entry, rule); !done)
        return tl::unexpected<Error>(done.error());
    if (const auto done = checkTogether(entry, rule); !done)
        return tl::unexpected<Error>(done.error());
    return rule;
}

/// Of two rules for one pattern Laravel takes the last and we would take the first.
Result<Done> checkDistinct(const std::vector<ChannelRule> &rules) {
    std::map<std::string_view, std::size_t> numbers;
    for (std::size_t i = 0; i < rules.size(); i++)
        if (const auto [earlier, isNew] = numbers.emplace(rules[i].pattern, i + 1); !isNew)
            return invalidRule("rule " + std::to_string(i + 1) + ": \"" + rules[i].pattern +
                               "\" is the pattern of rule " + std::to_string(earlier->second) +
                               " too: one of them must go (in Laravel the last one counts)");
    return Done{};
}

Result<std::vector<ChannelRule>> readRules(const UserColumns &columns, JsonValue list) {
    if (!list.isArray())
        return invalidRule("expected a list of rules");
    std::vector<ChannelRule> rules;
    Result<Done> result = Done{};
    list.forEach([&](std::string_view, JsonValue entry) {
        auto rule = readRule(columns, entry);
        if (rule)
            rules.push_back(std::move(*rule));
        else if (result)
            result = invalidRule("rule " + std::to_string(rules.size() + 1) + ": " +
                                 rule.error().reason);
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    if (const auto done = checkDistinct(rules); !done)
        return tl::unexpected<Error>(done.error());
    return rules;
}

Result<SignInRule> readUser(const UserColumns &columns, JsonValue entry) {
    if (const auto known = checkMembers(
            entry, {{"id", nullptr}, {"user_info", nullptr}, {"watchlist", &JsonValue::isString}});
        !known)
        return invalidRule("user: " + known.error().reason);
    auto part = readUserPart(columns, entry, "id");
    if (!part)
        return invalidRule("user: " + part.error().reason);
    SignInRule rule{std::move(*part), entry.find("watchlist").asString().value_or("")};
    if (const auto done = checkQuery(columns, rule.watchlist, {}); !done)
        return invalidRule("user: " + done.error().reason);
    return rule;
}

} // namespace

Result<ChannelsFile> parseChannelsFile(std::string_view json,
                                       const std::vector<std::string> &userColumns) {
    const auto document = JsonDocument::parse(withoutByteOrderMark(json));
    if (!document)
        return tl::unexpected<Error>(document.error());
    const JsonValue root = document->root();
    if (root.isObject())
        if (const auto known =
                checkMembers(root, {{"rules", nullptr}, {"user", &JsonValue::isObject}});
            !known)
            return tl::unexpected<Error>(known.error());
    auto rules = readRules(userColumns, root.isObject() ? root.find("rules") : root);
    if (!rules)
        return tl::unexpected<Error>(rules.error());
    ChannelsFile file{std::move(*rules), std::nullopt};
    if (!root.find("user").exists())
        return file;
    auto user = readUser(userColumns, root.find("user"));
    if (!user)
        return tl::unexpected<Error>(user.error());
    file.user = std::move(*user);
    return file;
}

} // namespace pregon
