// SPDX-License-Identifier: MIT
#include "ctl/import/closure_reader.h"

#include "shared/ascii.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = PhpExpression::Kind;
using Is = PhpValue::Kind;
using Type = PhpValue::Type;

PhpValue truthValue(Access access) {
    PhpValue value;
    value.kind = Is::Truth;
    value.access = std::move(access);
    return value;
}

PhpValue theUser() {
    PhpValue user;
    user.kind = Is::User;
    return user;
}

constexpr std::string_view kSeparators = "-_=@,;";

} // namespace

PhpValue ClosureReader::call(const PhpExpression &expression) {
    const std::string name =
        asciiLower(expression.name.starts_with('\\') ? expression.name.substr(1) : expression.name);
    const auto &parts = expression.parts;
    if (name == "in_array")
        return truthValue(inArray(expression));
    if (name == "auth" && parts.empty() && !hasGuards_) {
        PhpValue guard;
        guard.name = "auth"; // its methods are read where they are called
        return guard;
    }
    if (name == "is_null" && parts.size() == 1) {
        PhpValue null;
        null.kind = Is::Null;
        return truthValue(equal(value(parts[0]), null, true));
    }
    if ((name == "intval" || name == "strval") && parts.size() == 1)
        return cast(name == "intval" ? "int" : "string", value(parts[0]));
    if (name == "optional" && parts.size() == 1)
        return value(parts[0]);
    if (name == "array_map" && parts.size() == 2 && parts[0].is(Kind::Text, "intval")) {
        PhpValue list = value(parts[1]);
        if (list.kind != Is::Parts && list.kind != Is::Values)
            return stop(expression, "array_map() is not understood there");
        for (PhpValue &item : list.items)
            item = cast("int", item);
        return list;
    }
    if (name != "explode" || parts.size() != 2 || parts[0].kind != Kind::Text)
        return stop(expression, expression.name + "() decides");
    const PhpValue whole = value(parts[1]);
    const bool isKnown =
        whole.kind == Is::Parameter && whole.type == Type::Text && parts[0].name.size() == 1 &&
        kSeparators.find(parts[0].name) != kSeparators.npos &&
        (!split_ || (split_->name == whole.name && split_->separator == parts[0].name));
    if (!isKnown)
        return stop(expression, "explode() is not understood there");
    split_ = SplitParameter{whole.name, parts[0].name};
    PhpValue all;
    all.kind = Is::Parts;
    for (const std::string &part : {split_->first(), split_->second()}) {
        all.items.push_back(whole);
        all.items.back().name = part;
    }
    return all;
}

PhpValue ClosureReader::staticCall(const PhpExpression &expression) {
    const std::string owner = names_.resolve(expression.type);
    const auto &parts = expression.parts;
    if (isLaravelClass(owner, "Auth") && parts.empty() && !hasGuards_) {
        if (expression.name == "check")
            return truthValue(Access::everyone());
        if (expression.name == "user" || expression.name == "id")
            return expression.name == "user" ? theUser() : userColumn("id");
    }
    if (isLaravelClass(owner, "Arr") && expression.name == "only" && parts.size() == 2) {
        const PhpExpression &from = parts[0];
        const bool isUser =
            from.is(Kind::MethodCall, "toArray") && value(from.parts[0]).kind == Is::User;
        return isUser ? onlyOf(expression, 1)
                      : stop(expression, "Arr::only() is not understood there");
    }
    if (isLaravelClass(owner, "DB") && expression.name == "table" && parts.size() == 1 &&
        parts[0].kind == Kind::Text) {
        auto source = std::make_shared<RowSource>();
        source->table = parts[0].name;
        PhpValue rows;
        rows.kind = Is::Rows;
        rows.rows = source;
        if (columnSql("id", *source).empty())
            return stop(expression, parts[0].name + " is no name of a table");
        return rows;
    }
    if (!owner.starts_with("App\\Models\\"))
        return stop(expression, expression.type + "::" + expression.name + "() decides");
    const PhpValue rows = rowsOf(owner);
    return expression.name == "query" && parts.empty() ? rows : rowsMethod(rows, [&] {
        PhpExpression method = expression; // Model::where(…) is Model::query()->where(…)
        method.parts.insert(method.parts.begin(), PhpExpression());
        return method;
    }());
}

PhpValue ClosureReader::methodCall(const PhpExpression &expression) {
    const PhpValue owner = value(expression.parts[0]);
    if (!fault_.empty())
        return {};
    if (owner.kind == Is::Unknown && owner.name == "auth" && expression.parts.size() == 1) {
        if (expression.name == "check")
            return truthValue(Access::everyone());
        if (expression.name == "user" || expression.name == "id")
            return expression.name == "user" ? theUser() : userColumn("id");
    }
    if (owner.kind == Is::User)
        return userMethod(expression);
    if (owner.kind == Is::Row && expression.name == "getKey" && expression.parts.size() == 1 &&
        owner.rows->model != nullptr)
        return rowColumn(owner, owner.rows->model->key);
    if (owner.kind == Is::Row && expression.parts.size() == 1 && owner.rows->model != nullptr &&
        owner.rows->model->relations.contains(expression.name))
        return relationOf(owner, expression.name);
    if (owner.kind == Is::Rows || owner.kind == Is::Plucked)
        return rowsMethod(owner, expression);
    return stop(expression, "->" + expression.name + "() decides");
}

PhpValue ClosureReader::userMethod(const PhpExpression &expression) {
    const std::string &name = expression.name;
    const bool isPlain = expression.parts.size() == 1;
    if (isPlain && (name == "getKey" || name == "getAuthIdentifier"))
        return userColumn(userModel_ != nullptr ? userModel_->key : "id");
    if (isPlain && name == "toArray")
        return theUser();
    if (name == "only")
        return onlyOf(expression, 1);
    if (isPlain && userModel_ != nullptr && userModel_->relations.contains(name))
        return relationOf(theUser(), name);
    if (userModel_ != nullptr && userModel_->hasRoles &&
        (name == "hasRole" || name == "hasAnyRole" || name == "hasPermissionTo"))
        return truthValue(roles(expression));
    return stop(expression, "$user->" + name + "() decides" +
                                (models_.isKnown() ? "" : "; with --models it may be told"));
}

} // namespace pregon
