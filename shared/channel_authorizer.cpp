#include "shared/channel_authorizer.h"

#include "shared/ascii.h"
#include "shared/channel_rules.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = ChannelDecision::Kind;

bool allows(const ChannelRule &rule, const ChannelParameters &parameters, const User &user) {
    for (const auto &[parameter, column] : rule.allow) {
        const SqlValue value = user.column(column);
        if (!value || value->empty() || *value != parameters.find(parameter)->second)
            return false;
    }
    return true;
}

/// What the placeholders of a query stand for.
std::vector<SqlParameter> valuesOf(const BoundQuery &query, const ChannelParameters &parameters,
                                   const User &user) {
    std::vector<SqlParameter> values;
    for (const std::string &name : query.names) {
        const auto parameter = parameters.find(name);
        if (name.starts_with(kUserPrefix))
            values.push_back(user.column(name.substr(kUserPrefix.size())));
        else
            values.push_back(parameter != parameters.end() ? SqlValue(parameter->second)
                                                           : std::nullopt);
    }
    return values;
}

bool hasOddNumber(const BoundQuery &query, const ChannelParameters &parameters) {
    return std::any_of(query.names.begin(), query.names.end(), [&](const std::string &name) {
        const auto parameter = parameters.find(name);
        return parameter != parameters.end() && isOddlyWrittenNumber(parameter->second);
    });
}

/// MariaDB finds the number 1 by the text '1x', and only warns.
Result<bool> warned(Database &database) {
    if (database.kind() != DatabaseKind::MariaDb)
        return false;
    const auto rows = database.query("SELECT @@warning_count", 1);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->empty() || rows->front()[0] != "0";
}

Result<ChannelDecision> askDatabase(const ChannelRule &rule, const ChannelParameters &parameters,
                                    const User &user, Database &database) {
    const BoundQuery query = bindNames(rule.query);
    if (hasOddNumber(query, parameters))
        return ChannelDecision{Kind::Refused, nullptr, "a number that is written oddly"};
    const auto rows = database.query(query.sql, 1, valuesOf(query, parameters, user));
    if (!rows && rows.error().code == Errc::BadRequest)
        return ChannelDecision{Kind::Refused, nullptr, "a parameter that its column cannot hold"};
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return ChannelDecision{Kind::Refused, nullptr, "the rule's query finds nothing"};
    const auto inexact = warned(database);
    if (!inexact)
        return tl::unexpected<Error>(inexact.error());
    if (*inexact)
        return ChannelDecision{Kind::Refused, nullptr, "the rule's query matched inexactly"};
    return ChannelDecision{Kind::Allowed, &rule, {}};
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isDigitOrUnderscore(char c) {
    return isDigit(c) || c == '_';
}

/// `text` without its first characters of a kind; `found` tells whether there were any.
std::string_view skip(std::string_view text, bool (*isOfKind)(char), bool &found) {
    const auto *end = std::find_if_not(text.begin(), text.end(), isOfKind);
    found = end != text.begin();
    return text.substr(static_cast<std::size_t>(end - text.begin()));
}

std::string_view withoutSign(std::string_view text) {
    return text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
}

/// Any form in which one of the databases takes a number without a dot.
bool isNumber(std::string_view text) {
    text = withoutSign(text);
    const bool hasBase = text.size() > 2 && text[0] == '0' &&
                         std::string_view("xob").find(asciiLower(text[1])) != text.npos;
    if (hasBase)
        return std::all_of(text.begin() + 2, text.end(),
                           [](char c) { return hexDigit(c) >= 0 || c == '_'; });
    bool found = false;
    if (text.empty() || !isDigit(text[0]))
        return false;
    text = skip(text, isDigitOrUnderscore, found);
    if (text.empty())
        return true;
    if (asciiLower(text[0]) != 'e')
        return false;
    text = skip(withoutSign(text.substr(1)), isDigit, found);
    return found && text.empty();
}

bool isCanonicalInteger(std::string_view text) {
    if (text == "0")
        return true;
    if (text.starts_with('-'))
        text.remove_prefix(1);
    return !text.empty() && text[0] != '0' && std::all_of(text.begin(), text.end(), isDigit);
}

} // namespace

bool isOddlyWrittenNumber(std::string_view text) {
    return isNumber(text) && !isCanonicalInteger(text);
}

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

Result<ChannelAuthorizer> ChannelAuthorizer::parse(std::string_view json,
                                                   const std::vector<std::string> &userColumns) {
    auto file = parseChannelsFile(json, userColumns);
    if (!file)
        return tl::unexpected<Error>(file.error());
    ChannelAuthorizer authorizer;
    authorizer.file_ = std::move(*file);
    return authorizer;
}

Result<ChannelDecision> ChannelAuthorizer::authorize(const User &user, std::string_view channel,
                                                     Database &database) const {
    const std::string_view name = ChannelRules::withoutPrefix(channel);
    for (const ChannelRule &rule : file_.rules) {
        const auto parameters = matchChannel(rule.pattern, name);
        if (!parameters)
            continue;
        if (rule.isForApplication)
            return ChannelDecision{Kind::Undecided, nullptr, "left to the application"};
        if (!rule.ability.empty() && !user.can(rule.ability))
            return ChannelDecision{Kind::Refused, nullptr, "the token lacks the rule's ability"};
        if (!allows(rule, *parameters, user))
            return ChannelDecision{Kind::Refused, nullptr, "the rule allows others"};
        if (rule.query.empty())
            return ChannelDecision{Kind::Allowed, &rule, {}};
        return askDatabase(rule, *parameters, user, database);
    }
    return ChannelDecision{Kind::Undecided, nullptr, "no rule matches"};
}

Result<std::vector<std::string>> ChannelAuthorizer::watchlist(const User &user,
                                                              Database &database) const {
    std::vector<std::string> ids;
    if (!file_.user || file_.user->watchlist.empty())
        return ids;
    const BoundQuery query = bindNames(file_.user->watchlist);
    const auto rows = database.query(query.sql, 1, valuesOf(query, {}, user));
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    for (const SqlRow &row : *rows)
        if (row[0])
            ids.push_back(*row[0]);
    return ids;
}

bool ChannelAuthorizer::needsApplication() const {
    return std::any_of(file_.rules.begin(), file_.rules.end(),
                       [](const ChannelRule &rule) { return rule.isForApplication; });
}

} // namespace pregon
