// SPDX-License-Identifier: MIT
#include "shared/auth/rule_query.h"

#include "shared/ascii.h"
#include "shared/auth/channel_condition.h"
#include "shared/odd_number.h"

#include <algorithm>

namespace pregon {
namespace {

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
std::string exactSql(std::string_view query, const ChannelParameters &parameters) {
    constexpr std::string_view kExact = " COLLATE utf8mb4_bin";
    bool hasAny = false;
    const auto suffix = [&](const std::string &name) {
        const auto parameter = parameters.find(name);
        const bool isText = parameter != parameters.end() && hasLetter(parameter->second);
        hasAny = hasAny || isText;
        return isText ? kExact : std::string_view();
    };
    std::string sql = bindNames(query, suffix).sql;
    return hasAny ? sql : std::string();
}

/// One question to the database: does the query of a rule find a row?
class RuleQuery {
  public:
    RuleQuery(const std::string &text, const User &user, Database &database)
        : text_(text), query_(bindNames(text)), user_(user), database_(database) {}

    Result<std::string_view> refusal(const ChannelParameters &parameters) {
        const auto found = finds(query_.sql, parameters);
        if (!found && found.error().code == Errc::BadRequest)
            return "a parameter that its column cannot hold";
        if (!found)
            return tl::unexpected<Error>(found.error());
        if (!*found)
            return "the rule's query finds nothing";
        return inexact(parameters);
    }

  private:
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
            if (const std::string sql = exactSql(text_, parameters); !sql.empty())
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

    const std::string &text_;
    const BoundQuery query_;
    const User &user_;
    Database &database_;
};

} // namespace

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

Result<std::string_view> queryRefusal(const std::string &query, const ChannelParameters &parameters,
                                      const User &user, Database &database) {
    return RuleQuery(query, user, database).refusal(parameters);
}

} // namespace pregon
