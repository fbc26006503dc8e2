// SPDX-License-Identifier: MIT
#include "ctl/import/closure_reader.h"

#include "shared/ascii.h"
#include "shared/auth/user_store.h"
#include "shared/json/json.h"
#include "shared/store/schema_names.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = PhpExpression::Kind;
using Is = PhpValue::Kind;
using Type = PhpValue::Type;

PhpValue simple(Is kind, std::string name, Type type) {
    PhpValue value;
    value.kind = kind;
    value.name = std::move(name);
    value.type = type;
    return value;
}

PhpValue truthValue(Access access) {
    PhpValue value = simple(Is::Truth, "", Type::Other);
    value.access = std::move(access);
    return value;
}

/// By Laravel's conventions, and what the database's types behind them become in PHP.
Type conventionalType(std::string_view column) {
    if (column == "id" || column.ends_with("_id"))
        return Type::Whole;
    for (const char *text : {"uuid", "ulid", "name", "slug", "email"})
        if (column.ends_with(text))
            return Type::Text;
    return Type::Any;
}

Type typeIn(const Model *model, const std::string &column) {
    if (model == nullptr)
        return conventionalType(column);
    if (const auto cast = model->casts.find(column); cast != model->casts.end())
        return cast->second == "int" || cast->second == "integer" ? Type::Whole
               : cast->second == "string"                         ? Type::Text
                                                                  : Type::Other;
    return column == model->key && model->hasTextKey ? Type::Text : conventionalType(column);
}

} // namespace

PhpValue ClosureReader::value(const PhpExpression &expression) {
    if (!fault_.empty() || --budget_ < 0)
        return stop(expression, "too much code");
    line_ = expression.line != 0 ? expression.line : line_;
    switch (expression.kind) {
    case Kind::Text:
        return simple(Is::Text, expression.name, Type::Text);
    case Kind::Number:
        return simple(Is::Number, expression.name, Type::Whole);
    case Kind::Constant:
    case Kind::ClassConstant:
        return constant(expression);
    case Kind::Variable: {
        const auto known = variables_.find(expression.name);
        return known != variables_.end() ? known->second
                                         : stop(expression, "$" + expression.name + " is unknown");
    }
    case Kind::Property:
        return property(expression);
    case Kind::Index: {
        const PhpValue parts = value(expression.parts[0]);
        const bool isPart = parts.kind == Is::Parts && (expression.parts[1].is(Kind::Number, "0") ||
                                                        expression.parts[1].is(Kind::Number, "1"));
        return isPart ? parts.items[expression.parts[1].name == "1" ? 1 : 0]
                      : stop(expression, "the index is not understood");
    }
    case Kind::Call:
        return call(expression);
    case Kind::StaticCall:
        return staticCall(expression);
    case Kind::MethodCall:
        return methodCall(expression);
    case Kind::List:
        return list(expression);
    case Kind::Not:
        return truthValue(Access::negated(truth(expression.parts[0])));
    case Kind::Cast:
        return cast(expression.name, value(expression.parts[0]));
    case Kind::Binary:
        return binary(expression);
    case Kind::Ternary: // with two parts: the first if it is true
    case Kind::Template:
    case Kind::Pair:
    case Kind::Assign:
    case Kind::Closure:
        break;
    }
    return stop(expression, "the expression is not understood");
}

PhpValue ClosureReader::constant(const PhpExpression &expression) {
    const std::string lower = asciiLower(expression.name);
    if (expression.kind == Kind::Constant && (lower == "true" || lower == "false"))
        return simple(Is::Boolean, lower, Type::Other);
    if (expression.kind == Kind::Constant && lower == "null")
        return simple(Is::Null, "", Type::Other);
    const std::string owner =
        expression.kind == Kind::ClassConstant ? names_.resolve(expression.type) : "";
    std::string reason = "no model";
    const Model *model = owner.empty() ? nullptr : models_.find(owner, reason);
    const auto known = model != nullptr ? model->constants.find(expression.name)
                                        : decltype(model->constants.end()){};
    const bool isLiteral = model != nullptr && known != model->constants.end() &&
                           (known->second.kind == Kind::Text || known->second.kind == Kind::Number);
    return isLiteral ? value(known->second)
                     : stop(expression, "the constant " + (owner.empty() ? "" : owner + "::") +
                                            expression.name + " is unknown");
}

PhpValue ClosureReader::property(const PhpExpression &expression) {
    const PhpValue owner = value(expression.parts[0]);
    const bool isUser = owner.kind == Is::User;
    const Model *model = isUser ? userModel_ : owner.kind == Is::Row ? owner.rows->model : nullptr;
    if (model != nullptr && model->relations.contains(expression.name)) {
        PhpValue rows = relationOf(owner, expression.name);
        rows.form = PhpValue::Form::Collection;
        return rows;
    }
    if (isUser)
        return userColumn(expression.name);
    if (owner.kind == Is::Row)
        return rowColumn(owner, expression.name);
    return stop(expression, "->" + expression.name + " of something that is not understood");
}

PhpValue ClosureReader::userColumn(const std::string &name) {
    if (!isSqlIdentifier(name) || !checkUserColumns({name}))
        return stop(line_, "the column " + name + " of the user is no column that rules may use");
    if (userModel_ != nullptr && !userModel_->attributeFault.empty())
        return stop(line_, "the user's attributes: " + userModel_->attributeFault);
    if (userModel_ != nullptr && userModel_->accessors.contains(name))
        return stop(line_, "code of the model makes the attribute " + name + " of the user");
    return simple(Is::UserColumn, name, typeIn(userModel_, name));
}

PhpValue ClosureReader::rowColumn(const PhpValue &row, const std::string &name) {
    const Model *model = row.rows->model;
    if (!isSqlIdentifier(name))
        return stop(line_, name + " is no column");
    if (!row.rows->isOne)
        return stop(line_, "of several rows the closure looks at the first");
    if (model != nullptr && (!model->attributeFault.empty() || model->accessors.contains(name)))
        return stop(line_, "code of " + model->className + " makes its attribute " + name);
    PhpValue column = simple(Is::RowColumn, name, typeIn(model, name));
    column.rows = row.rows;
    return column;
}

PhpValue ClosureReader::cast(const std::string &type, PhpValue inner) {
    if (type == "bool")
        return truthValue(truthOf(inner));
    switch (inner.kind) {
    case Is::Parameter:
    case Is::UserColumn:
    case Is::RowColumn:
    case Is::Text:
    case Is::Number:
        break;
    default:
        return stop(line_, "the cast is not understood");
    }
    // A cast type of the model's, such as an enum, becomes something else by a further cast.
    if (inner.type == Type::Other)
        return stop(line_, "the model casts " + inner.name);
    inner.type = type == "int" ? Type::Whole : Type::Text;
    return inner;
}

PhpValue ClosureReader::list(const PhpExpression &expression) {
    const bool isShown = !expression.parts.empty() && expression.parts[0].kind == Kind::Pair;
    PhpValue all = simple(isShown ? Is::Shown : Is::Values, "", Type::Other);
    for (const PhpExpression &part : expression.parts) {
        if ((part.kind == Kind::Pair) != isShown)
            return stop(part, "the array is not understood");
        PhpValue item = value(isShown ? part.parts[1] : part);
        if (!isShown)
            all.items.push_back(std::move(item));
        else if (part.parts[0].kind == Kind::Text && item.kind == Is::UserColumn)
            all.shown.emplace_back(part.parts[0].name, item.name);
        else
            return stop(part, "it shows something else than columns of the user");
    }
    return all;
}

/// `only('id', 'name')`, `only(['id', 'name'])`.
PhpValue ClosureReader::onlyOf(const PhpExpression &call, std::size_t from) {
    std::vector<PhpExpression> names(
        call.parts.begin() + static_cast<std::ptrdiff_t>(std::min(from, call.parts.size())),
        call.parts.end());
    if (names.size() == 1 && names[0].kind == Kind::List)
        names = std::vector<PhpExpression>(names[0].parts);
    PhpValue all = simple(Is::Shown, "", Type::Other);
    for (const PhpExpression &name : names) {
        if (name.kind != Kind::Text || userColumn(name.name).kind != Is::UserColumn)
            return stop(call, "it shows something else than columns of the user");
        all.shown.emplace_back(name.name, name.name);
    }
    return all.shown.empty() ? stop(call, "it shows nothing") : all;
}

Access ClosureReader::truth(const PhpExpression &expression) {
    return simplified(truthOf(value(expression)));
}

Access ClosureReader::truthOf(const PhpValue &value) {
    switch (value.kind) {
    case Is::User:
    case Is::Shown:
        return Access::everyone();
    case Is::Null:
        return Access::nobody();
    case Is::Boolean:
        return value.name == "true" ? Access::everyone() : Access::nobody();
    case Is::Truth:
        return value.access;
    case Is::Row:
        return exists(value);
    case Is::UserColumn: {
        Access access = Access::of(Access::Kind::User, {});
        access.column = value.name;
        access.values = {"true"};
        return access;
    }
    case Is::Values:
        return value.items.empty() ? Access::nobody()
                                   : refuse("a list is returned where an answer is expected");
    default:
        break;
    }
    return refuse("whether that is true cannot be told");
}

} // namespace pregon
