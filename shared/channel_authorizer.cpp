#include "shared/channel_authorizer.h"

#include "shared/ascii.h"
#include "shared/channel_rules.h"
#include "shared/json.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::string_view kUserPrefix = "user.";

using Columns = std::vector<std::string>; // of the users table

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
std::optional<std::string> userColumn(const std::optional<std::string> &text,
                                      const Columns &columns) {
    if (!text || !text->starts_with(kUserPrefix) ||
        !isUserColumn(columns, text->substr(kUserPrefix.size())))
        return std::nullopt;
    return text->substr(kUserPrefix.size());
}

Result<Done> readAllow(JsonValue allow, const std::vector<std::string> &names,
                       const Columns &columns, ChannelRule &rule) {
    Result<Done> result = Done{};
    allow.forEach([&](std::string_view parameter, JsonValue value) {
        const auto column = userColumn(value.asString(), columns);
        const std::string name(parameter);
        if (std::find(names.begin(), names.end(), name) == names.end())
            result = invalid("allow: the pattern has no {" + name + "}");
        else if (!column)
            result = invalid("allow: expected \"user.COLUMN\" for " + name);
        else
            rule.allow[name] = *column;
    });
    return result;
}

Result<Done> readPresence(JsonValue presence, const Columns &columns, ChannelRule &rule) {
    const auto userId = userColumn(presence.find("user_id").asString(), columns);
    if (!userId)
        return invalid("presence: user_id must be \"user.COLUMN\"");
    PresencePart part{*userId, {}};
    const JsonValue userInfo = presence.find("user_info");
    bool isList = !userInfo.exists() || userInfo.isArray();
    userInfo.forEach([&](std::string_view, JsonValue column) {
        const std::string name = column.asString().value_or("");
        isList = isList && isUserColumn(columns, name);
        part.userInfoColumns.push_back(name);
    });
    if (!isList)
        return invalid("presence: user_info must be a list of columns");
    rule.presence = std::move(part);
    return Done{};
}

Result<Done> checkQuery(const std::string &sql, const std::vector<std::string> &names,
                        const Columns &columns) {
    for (const std::string &name : bindNames(sql).names)
        if (!userColumn(name, columns) &&
            std::find(names.begin(), names.end(), name) == names.end())
            return invalid("query: there is no :" + name);
    return Done{};
}

Result<Done> checkMembers(JsonValue entry) {
    Result<Done> result = Done{};
    entry.forEach([&](std::string_view name, JsonValue value) {
        const bool isText = name == "channel" || name == "query";
        const bool isObject = name == "allow" || name == "presence";
        if (!isText && !isObject)
            result = invalid("unknown member \"" + std::string(name) + "\"");
        else if ((isText && !value.isString()) || (isObject && !value.isObject()))
            result = invalid("\"" + std::string(name) + "\" has the wrong type");
    });
    return result;
}

Result<ChannelRule> readRule(JsonValue entry, const Columns &columns) {
    if (!entry.isObject())
        return invalid("expected an object");
    if (const auto known = checkMembers(entry); !known)
        return tl::unexpected<Error>(known.error());
    ChannelRule rule;
    rule.pattern = entry.find("channel").asString().value_or("");
    if (rule.pattern.empty())
        return invalid("\"channel\" is missing");
    if (ChannelRules::needsAuth(rule.pattern))
        return invalid("\"channel\" is written without private- or presence-, as in Laravel");
    const auto names = parameterNames(rule.pattern);
    if (!names)
        return tl::unexpected<Error>(names.error());
    if (const auto done = readAllow(entry.find("allow"), *names, columns, rule); !done)
        return tl::unexpected<Error>(done.error());
    rule.query = entry.find("query").asString().value_or("");
    if (const auto done = checkQuery(rule.query, *names, columns); !done)
        return tl::unexpected<Error>(done.error());
    if (!entry.find("allow").exists() && rule.query.empty())
        return invalid("neither \"allow\" nor \"query\"");
    if (entry.find("presence").exists())
        if (const auto done = readPresence(entry.find("presence"), columns, rule); !done)
            return tl::unexpected<Error>(done.error());
    return rule;
}

bool allows(const ChannelRule &rule, const ChannelParameters &parameters, const User &user) {
    for (const auto &[parameter, column] : rule.allow) {
        const SqlValue value = user.column(column);
        if (!value || value->empty() || *value != parameters.find(parameter)->second)
            return false;
    }
    return true;
}

Result<bool> queryFindsRow(const ChannelRule &rule, const ChannelParameters &parameters,
                           const User &user, Database &database) {
    const BoundQuery query = bindNames(rule.query);
    std::vector<SqlParameter> values;
    for (const std::string &name : query.names) {
        const auto parameter = parameters.find(name);
        if (name.starts_with(kUserPrefix))
            values.push_back(user.column(name.substr(kUserPrefix.size())));
        else
            values.push_back(parameter != parameters.end() ? SqlValue(parameter->second)
                                                           : std::nullopt);
    }
    const auto rows = database.query(query.sql, 1, values);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return !rows->empty();
}

} // namespace

std::optional<ChannelParameters> matchChannel(std::string_view pattern, std::string_view name) {
    ChannelParameters parameters;
    while (!pattern.empty()) {
        if (!pattern.starts_with('{')) {
            if (name.empty() || name.front() != pattern.front())
                return std::nullopt;
            pattern.remove_prefix(1);
            name.remove_prefix(1);
            continue;
        }
        const std::size_t end = pattern.find('}');
        const std::string parameter(pattern.substr(1, end - 1));
        pattern.remove_prefix(end + 1);
        // Up to the next dot, as far as the rest of the pattern allows: longest first, as a
        // regular expression would.
        const std::size_t longest = std::min(name.find('.'), name.size());
        for (std::size_t length = longest; length > 0; length--)
            if (auto rest = matchChannel(pattern, name.substr(length))) {
                rest->merge(parameters);
                (*rest)[parameter] = name.substr(0, length);
                return rest;
            }
        return std::nullopt;
    }
    return name.empty() ? std::optional(std::move(parameters)) : std::nullopt;
}

BoundQuery bindNames(std::string_view sql) {
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
        i = end - 1;
    }
    return query;
}

Result<ChannelAuthorizer> ChannelAuthorizer::parse(std::string_view json,
                                                   const Columns &userColumns) {
    const auto document = JsonDocument::parse(json);
    if (!document)
        return tl::unexpected<Error>(document.error());
    if (!document->root().isArray())
        return invalid("expected a list of rules");
    ChannelAuthorizer authorizer;
    Result<Done> result = Done{};
    document->root().forEach([&](std::string_view, JsonValue entry) {
        auto rule = readRule(entry, userColumns);
        if (rule)
            authorizer.rules_.push_back(std::move(*rule));
        else if (result)
            result = invalid("rule " + std::to_string(authorizer.rules_.size() + 1) + ": " +
                             rule.error().reason);
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    return authorizer;
}

Result<const ChannelRule *> ChannelAuthorizer::authorize(const User &user, std::string_view channel,
                                                         Database &database) const {
    const std::string_view name = ChannelRules::withoutPrefix(channel);
    for (const ChannelRule &rule : rules_) {
        const auto parameters = matchChannel(rule.pattern, name);
        if (!parameters)
            continue;
        if (!allows(rule, *parameters, user))
            return nullptr;
        if (rule.query.empty())
            return &rule;
        const auto found = queryFindsRow(rule, *parameters, user, database);
        if (!found)
            return tl::unexpected<Error>(found.error());
        return *found ? &rule : nullptr;
    }
    return nullptr;
}

} // namespace pregon
