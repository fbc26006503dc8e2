// SPDX-License-Identifier: MIT
#include "ctl/import/closure_reader.h"

#include "shared/ascii.h"
#include "shared/store/schema_names.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = PhpExpression::Kind;
using Is = PhpValue::Kind;

PhpValue ofRows(Is kind, RowSource source) {
    PhpValue value;
    value.kind = kind;
    value.rows = std::make_shared<RowSource>(std::move(source));
    return value;
}

PhpValue truthValue(Access access) {
    PhpValue value;
    value.kind = Is::Truth;
    value.access = std::move(access);
    return value;
}

/// Texts that mean the same within quotes to every database.
bool isPlainText(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return isWordCharacter(c) || std::string_view(" .,@/-").find(c) != std::string_view::npos;
    });
}

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace

std::string RowSource::from() const {
    std::string text = "FROM " + table + joined + " WHERE ";
    for (std::size_t i = 0; i < conditions.size(); i++)
        text += (i == 0 ? "" : " AND ") + conditions[i];
    return text + (conditions.empty() ? "1 = 1" : "");
}

bool RowSource::uses(const std::string &name) const {
    return table == name || joined.find(" " + name + " ON ") != std::string::npos;
}

PhpValue ClosureReader::rowsOf(const std::string &className) {
    std::string reason;
    const Model *model = models_.find(className, reason);
    if (model == nullptr)
        return stop(line_, reason + (models_.isKnown() ? "" : ": --models was not given"));
    if (!model->rowFault.empty())
        return stop(line_, "which rows " + className + " finds: " + model->rowFault);
    RowSource source;
    source.table = model->table;
    source.model = model;
    if (model->hasSoftDeletes)
        source.conditions.push_back(model->table + ".deleted_at IS NULL");
    return ofRows(Is::Rows, std::move(source));
}

PhpValue ClosureReader::found(PhpValue rows, const PhpValue &key) {
    if (!fault_.empty())
        return {};
    if (rows.kind != Is::Rows || rows.rows->model == nullptr)
        return stop(line_, "a row is looked up in a way that is not understood");
    RowSource source = *rows.rows;
    source.conditions.push_back(columnSql(source.model->key, source) + " = " + sqlOf(key, source));
    source.isOne = true;
    return ofRows(Is::Row, std::move(source));
}

/// The rows that belong to the user, or to a row.
PhpValue ClosureReader::relationOf(const PhpValue &owner, const std::string &name) {
    const Model &model = owner.kind == Is::User ? *userModel_ : *owner.rows->model;
    const ModelRelation &relation = model.relations.find(name)->second;
    if (owner.kind == Is::Row && !owner.rows->isOne)
        return stop(line_, "of several rows the closure looks at the first");
    const PhpValue related = rowsOf(relation.related);
    if (!fault_.empty())
        return {};
    RowSource source = *related.rows;
    PhpValue key;
    key.kind = owner.kind == Is::User ? Is::UserColumn : Is::RowColumn;
    key.name = model.key;
    key.rows = owner.rows;
    const std::string ownKey = sqlOf(key, source);
    if (relation.isToMany) {
        source.joined = " JOIN " + relation.table + " ON " + relation.table + "." +
                        relation.relatedKey + " = " + source.table + "." + source.model->key;
        source.conditions.push_back(relation.table + "." + relation.foreignKey + " = " + ownKey);
    } else {
        source.conditions.push_back(source.table + "." + relation.foreignKey + " = " + ownKey);
    }
    if (source.outer && source.outer->uses(relation.table))
        return stop(line_, "a table is joined to itself");
    return ofRows(Is::Rows, std::move(source));
}

PhpValue ClosureReader::rowsMethod(PhpValue rows, const PhpExpression &call) {
    if (!fault_.empty())
        return {};
    switch (rows.form) {
    case PhpValue::Form::Query:
        return queryMethod(std::move(rows), call);
    case PhpValue::Form::Collection:
        return collectionMethod(std::move(rows), call);
    case PhpValue::Form::Array:
        break;
    }
    return stop(call, "->" + call.name + "() of an array");
}

PhpValue ClosureReader::queryMethod(PhpValue rows, const PhpExpression &call) {
    const std::string &name = call.name;
    const std::size_t count = call.parts.size() - 1;
    if (count == 0 && (name == "exists" || name == "doesntExist")) {
        Access access = exists(rows);
        return truthValue(name == "exists" ? std::move(access)
                                           : Access::negated(std::move(access)));
    }
    if (count == 0 && isOneOf(name, {"first", "firstOrFail", "sole"})) {
        rows.kind = Is::Row;
        return rows;
    }
    if (count == 0 && name == "get") {
        rows.form = PhpValue::Form::Collection;
        return rows;
    }
    if (count == 1 && isOneOf(name, {"find", "findOrFail", "findOrNew"}))
        return found(std::move(rows), value(call.parts[1]));
    if (count == 1 && name == "pluck")
        return plucked(std::move(rows), call);
    if (count == 1 && name == "value" && call.parts[1].kind == Kind::Text) {
        rows.kind = Is::Row;
        return rowColumn(rows, call.parts[1].name);
    }
    if (isOneOf(name, {"where", "whereIn", "whereNull", "whereNotNull"}))
        return where(std::move(rows), call);
    return stop(call, "->" + name + "() is not understood");
}

PhpValue ClosureReader::collectionMethod(PhpValue rows, const PhpExpression &call) {
    const std::string &name = call.name;
    const std::size_t count = call.parts.size() - 1;
    if (count == 0 && (name == "isNotEmpty" || name == "isEmpty")) {
        Access access = exists(rows);
        return truthValue(name == "isEmpty" ? Access::negated(std::move(access))
                                            : std::move(access));
    }
    if (count == 0 && rows.kind == Is::Plucked && (name == "toArray" || name == "all")) {
        rows.form = PhpValue::Form::Array;
        return rows;
    }
    if (name == "contains")
        return truthValue(contains(std::move(rows), call));
    if (count == 1 && name == "pluck" && rows.kind == Is::Rows)
        return plucked(std::move(rows), call);
    return stop(call, "->" + name + "() is not understood");
}

PhpValue ClosureReader::plucked(PhpValue rows, const PhpExpression &call) {
    const bool isQualified = call.parts[1].name.find('.') != std::string::npos;
    if (call.parts[1].kind != Kind::Text || (isQualified && rows.form != PhpValue::Form::Query))
        return stop(call, "->pluck() is not understood");
    rows.kind = Is::Plucked;
    rows.form = PhpValue::Form::Collection;
    rows.name = call.parts[1].name;
    return rows;
}

Access ClosureReader::contains(PhpValue rows, const PhpExpression &call) {
    const auto &parts = call.parts;
    if (parts.size() == 3 && parts[1].kind == Kind::Text && rows.kind == Is::Rows) {
        rows.kind = Is::Plucked;
        rows.form = PhpValue::Form::Array;
        rows.name = parts[1].name;
        return rows.name.find('.') == rows.name.npos
                   ? isIn(value(parts[2]), rows, false)
                   : refuse("a collection knows no column " + rows.name);
    }
    if (parts.size() != 2)
        return refuse("contains() is not understood there");
    PhpValue needle = value(parts[1]);
    rows.form = PhpValue::Form::Array;
    if (rows.kind == Is::Plucked)
        return isIn(needle, rows, false);
    if (!fault_.empty() || rows.rows->model == nullptr)
        return refuse("contains() is not understood there");
    if (needle.kind == Is::User && (userModel_ == nullptr || rows.rows->model != userModel_))
        return refuse("the user is looked for among other models");
    if (needle.kind == Is::User) {
        needle.kind = Is::UserColumn;
        needle.name = userModel_->key;
    }
    rows.kind = Is::Plucked;
    rows.name = rows.rows->model->key;
    return isIn(needle, rows, false);
}

/// Whether there is a row, of which the condition holds if there is one.
Access ClosureReader::exists(const PhpValue &rows, const std::string &condition) {
    if (!fault_.empty())
        return Access::nobody();
    Access access = Access::of(Access::Kind::Row, {});
    access.from = rows.rows->from();
    access.name = condition;
    if (!rows.rows->outer)
        return access;
    PhpValue outer;
    outer.rows = rows.rows->outer;
    return exists(outer, "EXISTS (SELECT 1 " + access.from +
                             (condition.empty() ? "" : " AND " + condition) + ")");
}

/// A column as a query names it; empty, with the fault, if it is none of the source.
std::string ClosureReader::columnSql(const std::string &name, const RowSource &source) {
    const std::size_t dot = name.find('.');
    const std::string table = dot == name.npos ? source.table : name.substr(0, dot);
    const std::string column = dot == name.npos ? name : name.substr(dot + 1);
    if (isSqlIdentifier(table) && isSqlIdentifier(column) && source.uses(table))
        return table + "." + column;
    stop(line_, "\"" + name + "\" is no column of a table that is asked");
    return {};
}

std::string ClosureReader::sqlOf(const PhpValue &value, RowSource &source) {
    switch (value.kind) {
    case Is::Parameter:
        return ":" + value.name;
    case Is::UserColumn:
        return ":user." + value.name;
    case Is::Number:
        return value.name;
    case Is::Boolean:
        return value.name == "true" ? "TRUE" : "FALSE";
    case Is::Text:
        if (isPlainText(value.name))
            return "'" + value.name + "'";
        break;
    case Is::RowColumn:
        if (source.uses(value.rows->table) || (source.outer && source.outer != value.rows))
            break;
        source.outer = value.rows;
        return columnSql(value.name, *value.rows);
    default:
        break;
    }
    stop(line_, "a query is asked with a value that is not understood");
    return {};
}

/// The texts of a list or of arguments, for IN; nullopt: something else is among them.
std::optional<std::string> ClosureReader::texts(const std::vector<PhpExpression> &list,
                                                std::size_t from) {
    std::string all;
    for (std::size_t i = from; i < list.size(); i++) {
        const bool isList = list[i].kind == Kind::List;
        const auto one = isList ? texts(list[i].parts, 0) : std::nullopt;
        const PhpValue literal = isList ? PhpValue() : value(list[i]);
        RowSource none;
        if (isList ? !one : literal.kind != Is::Text && literal.kind != Is::Number)
            return std::nullopt;
        all += (all.empty() ? "" : ", ") + (isList ? *one : sqlOf(literal, none));
    }
    return all.empty() ? std::nullopt : std::optional(all);
}

/// spatie/laravel-permission: its tables, without teams.
Access ClosureReader::roles(const PhpExpression &call) {
    const auto names = texts(call.parts, 1);
    if (!names || (call.name == "hasPermissionTo" && call.parts.size() != 2))
        return refuse("the arguments of " + call.name + "() are not understood");
    notes_.emplace_back("roles and permissions are those of spatie/laravel-permission without "
                        "teams, under its own tables' names");
    // In `LIKE` an underscore is any character: backslashes are written differently by databases.
    const std::string ofUser = ".model_type LIKE 'App_Models_User'";
    Access access = Access::of(Access::Kind::Row, {});
    access.from = "FROM model_has_roles m JOIN roles r ON r.id = m.role_id WHERE m.model_id = "
                  ":user.id AND m" +
                  ofUser;
    access.name = "r.name IN (" + *names + ")";
    if (call.name != "hasPermissionTo")
        return access;
    access.from = "FROM permissions p WHERE p.guard_name = 'web' AND p.name IN (" + *names + ")";
    access.name = "(EXISTS (SELECT 1 FROM model_has_permissions m WHERE m.permission_id = p.id AND "
                  "m.model_id = :user.id AND m" +
                  ofUser +
                  ") OR EXISTS (SELECT 1 FROM "
                  "role_has_permissions h JOIN model_has_roles m ON m.role_id = h.role_id WHERE "
                  "h.permission_id = p.id AND m.model_id = :user.id AND m" +
                  ofUser + "))";
    return access;
}

} // namespace pregon
