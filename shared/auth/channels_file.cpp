#include "shared/auth/channels_file.h"

#include "shared/ascii.h"
#include "shared/auth/user_store.h"
#include "shared/json/json.h"
#include "shared/store/schema_names.h"
#include "shared/text_encoding.h"

#include <algorithm>
#include <initializer_list>
#include <set>

namespace pregon {
namespace {

using Columns = std::vector<std::string>; // of the users table, that may be named

tl::unexpected<Error> invalid(std::string reason) {
    return failure(Errc::BadRequest, std::move(reason));
}

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
            return invalid("pattern \"" + std::string(pattern) + "\" is malformed");
        names.emplace_back(name);
    }
    return names;
}

/// `user.column` without its prefix; nullopt if the text is something else or no such column is
/// loaded.
std::optional<std::string> userColumn(const Columns &columns,
                                      const std::optional<std::string> &text) {
    if (!text || !text->starts_with(kUserPrefix) ||
        !isUserColumn(columns, text->substr(kUserPrefix.size())))
        return std::nullopt;
    return text->substr(kUserPrefix.size());
}

/// A column that could be used if the setting listed it, with the reason; otherwise what is
/// expected.
std::string columnFault(std::string_view text, const std::string &expected) {
    const bool isColumn = text.starts_with(kUserPrefix) &&
                          isSqlIdentifier(text.substr(std::min(kUserPrefix.size(), text.size())));
    return isColumn ? std::string(text) + ": PREGON_USER_COLUMNS does not list " +
                          std::string(text.substr(kUserPrefix.size()))
                    : expected;
}

struct Member {
    std::string_view name;
    bool (JsonValue::*hasType)() const; // null: the reader of the member checks it
};

Result<Done> checkMembers(JsonValue object, std::initializer_list<Member> known) {
    Result<Done> result = Done{};
    std::set<std::string_view> seen;
    object.forEach([&](std::string_view name, JsonValue value) {
        const auto *member = std::find_if(known.begin(), known.end(),
                                          [&](const Member &one) { return one.name == name; });
        if (member == known.end())
            result = invalid("unknown member \"" + std::string(name) + "\"");
        else if (member->hasType != nullptr && !(value.*member->hasType)())
            result = invalid("\"" + std::string(name) + "\" has the wrong type");
        else if (!seen.insert(member->name).second)
            result = invalid("\"" + std::string(name) + "\" stands there twice");
    });
    return result;
}

Result<Done> readAllow(const Columns &columns, JsonValue allow,
                       const std::vector<std::string> &names, ChannelRule &rule) {
    Result<Done> result = Done{};
    allow.forEach([&](std::string_view parameter, JsonValue value) {
        const auto column = userColumn(columns, value.asString());
        const std::string name(parameter);
        if (rule.allow.contains(name))
            result = invalid("allow: \"" + name + "\" stands there twice");
        else if (std::find(names.begin(), names.end(), name) == names.end())
            result = invalid("allow: the pattern has no {" + name + "}");
        else if (!column)
            result = invalid("allow: " + columnFault(value.asString().value_or(""),
                                                     "expected \"user.COLUMN\" for " + name));
        else
            rule.allow[name] = *column;
    });
    return result;
}

/// `idMember` names the user; `user_info` is a list of columns, or an object of member and column.
Result<UserPart> readUserPart(const Columns &columns, JsonValue part, const char *idMember) {
    const auto id = userColumn(columns, part.find(idMember).asString());
    if (!id)
        return invalid(columnFault(part.find(idMember).asString().value_or(""),
                                   std::string(idMember) + " must be \"user.COLUMN\""));
    UserPart user{*id, {}};
    const JsonValue info = part.find("user_info");
    const std::string expected =
        "user_info must be a list of columns, or an object of names and columns";
    if (info.exists() && !info.isArray() && !info.isObject())
        return invalid(expected);
    std::string fault;
    info.forEach([&](std::string_view member, JsonValue value) {
        const std::string column = value.asString().value_or("");
        if (fault.empty() && !isUserColumn(columns, column))
            fault = columnFault(std::string(kUserPrefix) + column, expected);
        user.info.emplace_back(info.isArray() ? column : std::string(member), column);
    });
    if (!fault.empty())
        return invalid(fault);
    return user;
}

Result<Done> checkQuery(const Columns &columns, const std::string &sql,
                        const std::vector<std::string> &names) {
    for (const std::string &name : bindNames(sql).names)
        if (!userColumn(columns, name) &&
            std::find(names.begin(), names.end(), name) == names.end())
            return invalid("query: " + columnFault(name, "there is no :" + name));
    return Done{};
}

Result<Done> readConditions(const Columns &columns, JsonValue entry, ChannelRule &rule) {
    const auto names = parameterNames(rule.pattern);
    if (!names)
        return tl::unexpected<Error>(names.error());
    if (const auto done = readAllow(columns, entry.find("allow"), *names, rule); !done)
        return done;
    rule.query = entry.find("query").asString().value_or("");
    rule.ability = entry.find("ability").asString().value_or("");
    return checkQuery(columns, rule.query, *names);
}

Result<Done> readPresence(const Columns &columns, JsonValue entry, ChannelRule &rule) {
    if (!entry.find("presence").exists())
        return Done{};
    auto part = readUserPart(columns, entry.find("presence"), "user_id");
    if (!part)
        return invalid("presence: " + part.error().reason);
    rule.presence = std::move(*part);
    return Done{};
}

Result<Done> checkTogether(JsonValue entry, const ChannelRule &rule) {
    const bool hasCondition = entry.find("allow").exists() || !rule.query.empty();
    if (rule.isForApplication && (hasCondition || rule.presence || !rule.ability.empty()))
        return invalid("\"fallback\" leaves the decision to the application: nothing but "
                       "\"channel\" may stand beside it");
    if (!rule.isForApplication && !hasCondition)
        return invalid("neither \"allow\" nor \"query\"");
    return Done{};
}

Result<ChannelRule> readRule(const Columns &columns, JsonValue entry) {
    if (!entry.isObject())
        return invalid("expected an object");
    if (const auto known = checkMembers(entry, {{"channel", &JsonValue::isString},
                                                {"allow", &JsonValue::isObject},
                                                {"query", &JsonValue::isString},
                                                {"ability", &JsonValue::isString},
                                                {"presence", &JsonValue::isObject},
                                                {"fallback", &JsonValue::isBoolean}});
        !known)
        return tl::unexpected<Error>(known.error());
    ChannelRule rule;
    rule.pattern = entry.find("channel").asString().value_or("");
    if (rule.pattern.empty())
        return invalid("\"channel\" is missing");
    rule.isForApplication = entry.find("fallback").asBoolean().value_or(false);
    if (const auto done = readConditions(columns, entry, rule); !done)
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
            return invalid("rule " + std::to_string(i + 1) + ": \"" + rules[i].pattern +
                           "\" is the pattern of rule " + std::to_string(earlier->second) +
                           " too: one of them must go (in Laravel the last one counts)");
    return Done{};
}

Result<std::vector<ChannelRule>> readRules(const Columns &columns, JsonValue list) {
    if (!list.isArray())
        return invalid("expected a list of rules");
    std::vector<ChannelRule> rules;
    Result<Done> result = Done{};
    list.forEach([&](std::string_view, JsonValue entry) {
        auto rule = readRule(columns, entry);
        if (rule)
            rules.push_back(std::move(*rule));
        else if (result)
            result =
                invalid("rule " + std::to_string(rules.size() + 1) + ": " + rule.error().reason);
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    if (const auto done = checkDistinct(rules); !done)
        return tl::unexpected<Error>(done.error());
    return rules;
}

Result<SignInRule> readUser(const Columns &columns, JsonValue entry) {
    if (const auto known = checkMembers(
            entry, {{"id", nullptr}, {"user_info", nullptr}, {"watchlist", &JsonValue::isString}});
        !known)
        return invalid("user: " + known.error().reason);
    auto part = readUserPart(columns, entry, "id");
    if (!part)
        return invalid("user: " + part.error().reason);
    SignInRule rule{std::move(*part), entry.find("watchlist").asString().value_or("")};
    if (const auto done = checkQuery(columns, rule.watchlist, {}); !done)
        return invalid("user: " + done.error().reason);
    return rule;
}

} // namespace

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
