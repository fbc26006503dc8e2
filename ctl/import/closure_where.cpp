// SPDX-License-Identifier: MIT
#include "ctl/import/closure_reader.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = PhpExpression::Kind;
using Is = PhpValue::Kind;

} // namespace

PhpValue ClosureReader::where(PhpValue rows, const PhpExpression &call) {
    RowSource source = *rows.rows;
    const std::string condition = whereSql(call, source);
    const bool isKey = source.model != nullptr && call.name == "where" && call.parts.size() == 3 &&
                       (call.parts[1].is(Kind::Text, source.model->key) ||
                        call.parts[1].is(Kind::Text, source.table + "." + source.model->key));
    source.isOne = source.isOne || isKey;
    source.conditions.push_back(condition);
    rows.rows = std::make_shared<RowSource>(std::move(source));
    return rows;
}

/// The condition that a `where…()` adds, as Laravel's query builder writes it.
std::string ClosureReader::whereSql(const PhpExpression &call, RowSource &source) {
    const auto &parts = call.parts;
    const bool isColumn = parts.size() > 1 && parts[1].kind == Kind::Text;
    const std::string &column = isColumn ? parts[1].name : call.name;
    if (isColumn && parts.size() == 2 && (call.name == "whereNull" || call.name == "whereNotNull"))
        return columnSql(column, source) + (call.name == "whereNull" ? " IS NULL" : " IS NOT NULL");
    if (isColumn && parts.size() == 3 && call.name == "whereIn" && parts[2].kind == Kind::List)
        if (const auto list = texts(parts[2].parts, 0))
            return columnSql(column, source) + " IN (" + *list + ")";
    if (call.name != "where" && call.name != "orWhere") {
        stop(call, call.name + "() is not understood there");
        return {};
    }
    if (parts.size() == 2 && parts[1].kind == Kind::Closure)
        return groupSql(parts[1], source);
    std::vector<std::pair<std::string, const PhpExpression *>> pairs;
    if (isColumn && parts.size() == 3)
        pairs.emplace_back(column, &parts[2]);
    if (isColumn && parts.size() == 4 && parts[2].is(Kind::Text, "="))
        pairs.emplace_back(column, &parts[3]);
    if (parts.size() == 2 && parts[1].kind == Kind::List && call.name == "where")
        for (const PhpExpression &pair : parts[1].parts)
            if (pair.kind == Kind::Pair && pair.parts[0].kind == Kind::Text)
                pairs.emplace_back(pair.parts[0].name, &pair.parts[1]);
    if (pairs.empty() || (parts[1].kind == Kind::List && pairs.size() != parts[1].parts.size()))
        stop(call, call.name + "() is not understood there");
    std::string all;
    for (const auto &[name, wanted] : pairs) {
        const PhpValue other = value(*wanted);
        all += (all.empty() ? "" : " AND ") + columnSql(name, source) +
               (other.kind == Is::Null ? " IS NULL" : " = " + sqlOf(other, source));
    }
    return all;
}

/// `where(function ($q) { $q->where(…)->orWhere(…); })`: what Laravel puts in brackets.
std::string ClosureReader::groupSql(const PhpExpression &closure, RowSource &source) {
    if (closure.parameters.size() != 1 || variables_.contains(closure.parameters[0].name)) {
        stop(closure, "the closure of where() is not understood");
        return {};
    }
    std::string all;
    for (const PhpStatement &statement : closure.body) {
        const std::string text =
            statement.kind != PhpStatement::Kind::If && statement.hasValue
                ? groupCall(statement.value, closure.parameters[0].name, source)
                : "";
        if (text.empty())
            stop(closure, "the closure of where() is not understood");
        // Each part begins with its connective, of which the first has no use.
        all += all.empty() ? text.substr(std::min(text.find(' ', 1) + 1, text.size())) : text;
    }
    return "(" + all + ")";
}

/// ` AND a = 1 OR b = 2` of a chain of calls; empty, with the fault, if it is something else.
std::string ClosureReader::groupCall(const PhpExpression &call, const std::string &builder,
                                     RowSource &source) {
    if (!fault_.empty() || call.kind != Kind::MethodCall)
        return {};
    const bool isFirst = call.parts[0].is(Kind::Variable, builder);
    const std::string before = isFirst ? "" : groupCall(call.parts[0], builder, source);
    if (!isFirst && before.empty())
        return {};
    return before + (call.name == "orWhere" ? " OR " : " AND ") + whereSql(call, source);
}

} // namespace pregon
