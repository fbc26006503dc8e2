#include "shared/auth/channel_authorizer.h"

#include "shared/ascii.h"
#include "shared/odd_number.h"
#include "shared/protocol/channel_rules.h"

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

/// MariaDB finds the number 1 by the text '1x', and only warns.
Result<bool> warned(Database &database) {
    if (database.kind() != DatabaseKind::MariaDb)
        return false;
    const auto rows = database.query("SELECT @@warning_count", 1);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->empty() || rows->front()[0] != "0";
}

bool hasLetter(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return asciiLower(c) >= 'a' && asciiLower(c) <= 'z'; });
}

/// The query where parameters with letters are compared letter by letter: MariaDB's usual
/// collations find `ABC` by the text `abc`. Empty: there are none.
std::string exactSql(const ChannelRule &rule, const ChannelParameters &parameters) {
    constexpr std::string_view kExact = " COLLATE utf8mb4_bin";
    bool hasAny = false;
    const auto suffix = [&](const std::string &name) {
        const auto parameter = parameters.find(name);
        const bool isText = parameter != parameters.end() && hasLetter(parameter->second);
        hasAny = hasAny || isText;
        return isText ? kExact : std::string_view();
    };
    std::string sql = bindNames(rule.query, suffix).sql;
    return hasAny ? sql : std::string();
}

/// One question to the database: does the query of a rule find a row?
class RuleQuery {
  public:
    RuleQuery(const ChannelRule &rule, const User &user, Database &database)
        : rule_(rule), query_(bindNames(rule.query)), user_(user), database_(database) {}

    Result<ChannelDecision> ask(const ChannelParameters &parameters) {
        const auto found = finds(query_.sql, parameters);
        if (!found && found.error().code == Errc::BadRequest)
            return refused("a parameter that its column cannot hold");
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            return refused("the rule's query finds nothing");
        const auto reason = inexact(parameters);
        if (!reason)
            return tl::unexpected<Error>(reason.error());
        return reason->empty() ? ChannelDecision{Kind::Allowed, &rule_, {}} : refused(*reason);
    }

  private:
    static ChannelDecision refused(std::string_view reason) {
        return ChannelDecision{Kind::Refused, nullptr, reason};
    }

    Result<bool> finds(const std::string &sql, const ChannelParameters &parameters) {
        const auto rows = database_.query(sql, 1, valuesOf(query_, parameters, user_));
        if (!rows)
            return tl::unexpected<Error>(rows.error());
        return !rows->empty();
    }

    /// Why what was found is not what the parameters name, but a row of which they are a second
    /// name; empty: it is.
    Result<std::string_view> inexact(const ChannelParameters &parameters) {
        if (database_.kind() == DatabaseKind::MariaDb) {
            const auto doubt = warned(database_);
            if (!doubt || *doubt)
                return doubt ? Result<std::string_view>("the rule's query matched inexactly")
                             : tl::unexpected<Error>(doubt.error());
            if (const std::string sql = exactSql(rule_, parameters); !sql.empty())
                if (const auto found = finds(sql, parameters); !found || !*found)
                    return found ? Result<std::string_view>("a name in other letters' case")
                                 : tl::unexpected<Error>(found.error());
        }
        return oddNumber(parameters);
    }

    /// An odd number is a second name if its column holds numbers: then another form of it finds
    /// a row as well. Of a column of text it is the only name.
    Result<std::string_view> oddNumber(const ChannelParameters &parameters) {
        for (const std::string &name : query_.names) {
            const auto parameter = parameters.find(name);
            if (parameter == parameters.end() || !isOddlyWrittenNumber(parameter->second))
                continue;
            ChannelParameters others = parameters;
            others[name] = withMoreZeros(parameter->second);
            const auto found = finds(query_.sql, others);
            if (!found && found.error().code != Errc::BadRequest)
                return tl::unexpected<Error>(found.error());
            if (found && *found)
                return "a number that is written oddly";
        }
        return "";
    }

    const ChannelRule &rule_;
    const BoundQuery query_;
    const User &user_;
    Database &database_;
};

} // namespace

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
        return RuleQuery(rule, user, database).ask(*parameters);
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
