// SPDX-License-Identifier: MIT
#include "ctl/import/closure_reader.h"

#include "shared/ascii.h"
#include "shared/json/json.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = PhpExpression::Kind;
using Is = PhpValue::Kind;
using Type = PhpValue::Type;

bool isWhole(const std::string &text) {
    return !text.empty() && text.size() < 16 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isLiteral(const PhpValue &value) {
    return value.kind == Is::Text || value.kind == Is::Number;
}

PhpValue truthValue(Access access) {
    PhpValue value;
    value.kind = Is::Truth;
    value.access = std::move(access);
    return value;
}

/// Which of two operands a comparison is about, the lower the more.
int rank(const PhpValue &value) {
    switch (value.kind) {
    case Is::RowColumn:
        return 0;
    case Is::UserColumn:
        return 1;
    case Is::Row:
    case Is::User:
    case Is::Truth:
        return 2;
    case Is::Parameter:
        return 3;
    default:
        return 4;
    }
}

/// With === a number and a text that look alike are not equal, and rules compare as text.
bool mayBeIdentical(const PhpValue &left, const PhpValue &right) {
    if (left.type == Type::Any || right.type == Type::Any) {
        const PhpValue &other = left.type == Type::Any ? right : left;
        return other.kind == Is::Text && !isWhole(other.name);
    }
    return left.type == right.type;
}

} // namespace

PhpValue ClosureReader::binary(const PhpExpression &expression) {
    const std::string &name = expression.name;
    const PhpExpression &left = expression.parts[0], &right = expression.parts[1];
    if (left.is(Kind::MethodCall, "count"))
        return truthValue(counted(expression));
    if (name == "&&" || name == "||") {
        Access first = truth(left);
        return truthValue(
            simplified(Access::of(name == "&&" ? Access::Kind::All : Access::Kind::Any,
                                  {std::move(first), truth(right)})));
    }
    if (name == "??") { // a missing row or a null says no in what follows
        const PhpValue otherwise = value(right);
        if (otherwise.kind != Is::Null &&
            !(otherwise.kind == Is::Boolean && otherwise.name == "false"))
            return stop(expression, "the value behind ?? is not understood");
        return value(left);
    }
    if (name != "===" && name != "!==" && name != "==" && name != "!=")
        return stop(expression, "\"" + name + "\" is not understood");
    PhpValue first = value(left), second = value(right);
    Access access = equal(first, second, name.size() == 3);
    return truthValue(name[0] == '!' ? Access::negated(std::move(access)) : std::move(access));
}

/// `->count() > 0` and its like.
Access ClosureReader::counted(const PhpExpression &expression) {
    const PhpExpression &call = expression.parts[0], &limit = expression.parts[1];
    const PhpValue rows = value(call.parts[0]);
    const bool isSome = (expression.name == ">" && limit.is(Kind::Number, "0")) ||
                        (expression.name == ">=" && limit.is(Kind::Number, "1"));
    if (rows.kind != Is::Rows || call.parts.size() != 1 || !isSome)
        return refuse("the number of rows is compared in a way that is not understood");
    return exists(rows);
}

Access ClosureReader::equal(const PhpValue &left, const PhpValue &right, bool isStrict) {
    if (rank(left) > rank(right))
        return equal(right, left, isStrict);
    if (!fault_.empty())
        return Access::nobody();
    if (right.kind == Is::Null && left.kind == Is::User)
        return Access::nobody();
    if (right.kind == Is::Null && left.kind == Is::Row)
        return Access::negated(exists(left));
    if (right.kind == Is::Null && left.kind == Is::RowColumn)
        return rowEquals(left, right);
    if (right.kind == Is::Boolean && left.kind == Is::Truth)
        return right.name == "true" ? left.access : Access::negated(left.access);
    if (right.kind == Is::Boolean && left.kind == Is::UserColumn && right.name == "true" &&
        (!isStrict || isBoolean(left.name)))
        return truthOf(left);
    if (left.type == Type::Other || right.type == Type::Other)
        return refuse("what is compared is not understood");
    if (isStrict && !mayBeIdentical(left, right))
        return refuse("=== compares " + left.name + " and " + right.name +
                      ", which may be a number and a text and so never equal: cast both");
    if (left.kind == Is::RowColumn)
        return rowEquals(left, right);
    if (left.kind == Is::UserColumn)
        return userEquals(left, right);
    return refuse("what is compared is not understood");
}

/// True if the model makes a boolean of the user's column.
bool ClosureReader::isBoolean(const std::string &column) const {
    const auto cast = userModel_ != nullptr ? userModel_->casts.find(column)
                                            : decltype(userModel_->casts.end()){};
    return userModel_ != nullptr && cast != userModel_->casts.end() &&
           (cast->second == "boolean" || cast->second == "bool");
}

Access ClosureReader::userEquals(const PhpValue &column, const PhpValue &other) {
    if (other.kind == Is::Parameter) {
        Access access = Access::of(Access::Kind::Allow, {});
        access.name = other.name;
        access.column = column.name;
        return access;
    }
    if (!isLiteral(other) || other.name.empty())
        return refuse("two columns of the user are compared");
    Access access = Access::of(Access::Kind::User, {});
    access.column = column.name;
    access.values = {other.kind == Is::Number ? other.name
                                              : JsonWriter().string(other.name).take()};
    return access;
}

Access ClosureReader::rowEquals(const PhpValue &column, const PhpValue &other) {
    const std::string name = columnSql(column.name, *column.rows);
    if (other.kind == Is::Null)
        return exists(column, name + " IS NULL");
    if (other.kind == Is::RowColumn && other.rows != column.rows)
        return refuse("columns of two rows are compared");
    RowSource unchanged = *column.rows;
    const std::string right =
        other.kind == Is::RowColumn ? columnSql(other.name, *other.rows) : sqlOf(other, unchanged);
    return exists(column, name + " = " + right);
}

/// in_array(NEEDLE, LIST), in_array(NEEDLE, LIST, true).
Access ClosureReader::inArray(const PhpExpression &call) {
    const bool isStrict = call.parts.size() == 3 && call.parts[2].kind == Kind::Constant &&
                          asciiLower(call.parts[2].name) == "true";
    if (call.parts.size() != 2 && !isStrict)
        return refuse("in_array() is not understood there");
    const PhpValue needle = value(call.parts[0]);
    return isIn(needle, value(call.parts[1]), isStrict);
}

Access ClosureReader::isIn(const PhpValue &needle, const PhpValue &list, bool isStrict) {
    if (!fault_.empty())
        return Access::nobody();
    if (list.kind == Is::Plucked && list.form == PhpValue::Form::Array && !isStrict) {
        RowSource source = *list.rows;
        const std::string condition = columnSql(list.name, source) + " = " + sqlOf(needle, source);
        PhpValue rows = list;
        rows.rows = std::make_shared<RowSource>(std::move(source));
        return exists(rows, condition);
    }
    if (list.kind != Is::Values && list.kind != Is::Parts)
        return refuse("the list of in_array() is not understood");
    const bool isOfUser = needle.kind == Is::UserColumn && list.kind == Is::Values &&
                          !list.items.empty() &&
                          std::all_of(list.items.begin(), list.items.end(), isLiteral);
    std::vector<Access> each;
    for (const PhpValue &item : list.items)
        each.push_back(equal(needle, item, isStrict));
    if (!isOfUser || !fault_.empty())
        return simplified(Access::of(Access::Kind::Any, std::move(each)));
    Access access = std::move(each[0]);
    for (std::size_t i = 1; i < each.size(); i++)
        access.values.push_back(each[i].values.at(0));
    return access;
}

} // namespace pregon
