// SPDX-License-Identifier: MIT
#include "ctl/import/access.h"

#include "shared/auth/bound_query.h"
#include "shared/auth/channel_condition.h"
#include "shared/json/json.h"

#include <algorithm>
#include <map>

namespace pregon {
namespace {

using Kind = Access::Kind;

Access resolved(Access access, bool isNegated);

bool isSame(const Access &left, const Access &right) {
    return left == right;
}

/// `a or (not a and b)` is `a or b`; the same with `and` and `or` exchanged.
void absorb(std::vector<Access> &parts, Kind inner) {
    for (std::size_t i = 0; i < parts.size(); i++) {
        const Access opposite = resolved(parts[i], true);
        for (std::size_t j = 0; j < parts.size(); j++)
            if (i != j && parts[j].kind == inner)
                std::erase_if(parts[j].parts,
                              [&](const Access &one) { return isSame(one, opposite); });
    }
    for (Access &part : parts)
        if (part.kind == inner && part.parts.size() == 1)
            part = Access(part.parts[0]);
        else if (part.kind == inner && part.parts.empty())
            part.kind = inner == Kind::All ? Kind::Everyone : Kind::Nobody;
}

/// Two questions for the same row are one: of one row both hold, or one of them does.
void joinRows(std::vector<Access> &parts, bool isAll) {
    for (std::size_t i = 0; i < parts.size(); i++)
        for (std::size_t j = i + 1; j < parts.size();) {
            if (parts[i].kind != Kind::Row || parts[j].kind != Kind::Row ||
                parts[i].from != parts[j].from) {
                j++;
                continue;
            }
            std::string &left = parts[i].name;
            const std::string &right = parts[j].name;
            if (isAll)
                left += (left.empty() || right.empty() ? "" : " AND ") + right;
            else
                left = left.empty() || right.empty() ? "" : "(" + left + " OR " + right + ")";
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(j));
        }
}

Access flattened(Kind kind, std::vector<Access> parts) {
    const bool isAll = kind == Kind::All;
    const Kind neutral = isAll ? Kind::Everyone : Kind::Nobody;
    const Kind decisive = isAll ? Kind::Nobody : Kind::Everyone;
    std::vector<Access> flat;
    for (Access &part : parts) {
        if (part.kind == kind)
            flat.insert(flat.end(), part.parts.begin(), part.parts.end());
        else if (part.kind != neutral)
            flat.push_back(std::move(part));
    }
    absorb(flat, isAll ? Kind::Any : Kind::All);
    std::vector<Access> distinct;
    for (Access &part : flat) {
        if (part.kind == decisive)
            return part;
        if (part.kind != neutral &&
            std::find(distinct.begin(), distinct.end(), part) == distinct.end())
            distinct.push_back(std::move(part));
    }
    joinRows(distinct, isAll);
    if (distinct.empty())
        return Access::of(neutral, {});
    return distinct.size() == 1 ? distinct[0] : Access::of(kind, std::move(distinct));
}

Access resolved(Access access, bool isNegated) {
    switch (access.kind) {
    case Kind::Everyone:
    case Kind::Nobody:
        if (isNegated)
            access.kind = access.kind == Kind::Everyone ? Kind::Nobody : Kind::Everyone;
        return access;
    case Kind::Not:
        return resolved(access.parts[0], !isNegated);
    case Kind::All:
    case Kind::Any: {
        const Kind kind = (access.kind == Kind::All) != isNegated ? Kind::All : Kind::Any;
        for (Access &part : access.parts)
            part = resolved(part, isNegated);
        return flattened(kind, std::move(access.parts));
    }
    case Kind::Allow:
    case Kind::User:
    case Kind::Row:
        break;
    }
    return isNegated ? Access::negated(std::move(access)) : access;
}

std::string queryOf(const Access &row) {
    return "SELECT 1 " + row.from + (row.name.empty() ? "" : " AND " + row.name);
}

/// The parts of one condition, as far as each member of a rule can say one thing only.
class MemberWriter {
  public:
    explicit MemberWriter(const Access &access) {
        if (access.kind == Kind::All)
            for (const Access &part : access.parts)
                add(part);
        else if (access.kind != Kind::Everyone)
            add(access);
    }

    std::string text() const {
        JsonWriter json;
        json.beginObject();
        if (!allow_.empty() || (user_.empty() && query_.empty() && any_.empty())) {
            json.key("allow").beginObject();
            for (const auto &[name, column] : allow_)
                json.key(name).string(std::string(kUserPrefix) + column);
            json.endObject();
        }
        if (!user_.empty()) {
            json.key("user").beginObject();
            for (const auto &[column, values] : user_)
                writeList(json.key(column), values);
            json.endObject();
        }
        if (!query_.empty())
            json.key("query").string(query_);
        if (!any_.empty())
            writeList(json.key("any"), any_);
        if (!all_.empty())
            writeList(json.key("all"), all_);
        const std::string whole = json.endObject().text();
        return whole.substr(1, whole.size() - 2);
    }

  private:
    static void writeList(JsonWriter &json, const std::vector<std::string> &items) {
        json.beginArray();
        for (const std::string &item : items)
            json.raw(item);
        json.endArray();
    }

    void add(const Access &part) {
        if (part.kind == Kind::Allow && !allow_.contains(part.name))
            allow_[part.name] = part.column;
        else if (part.kind == Kind::User && !user_.contains(part.column))
            user_[part.column] = part.values;
        else if (part.kind == Kind::Row && query_.empty())
            query_ = queryOf(part);
        else if (part.kind == Kind::Any && any_.empty())
            for (const Access &one : part.parts)
                any_.push_back("{" + ruleMembers(one) + "}");
        else
            all_.push_back("{" + ruleMembers(part) + "}");
    }

    std::map<std::string, std::string> allow_;
    std::map<std::string, std::vector<std::string>> user_;
    std::string query_;
    std::vector<std::string> any_, all_;
};

void addColumn(std::vector<std::string> &columns, const std::string &column) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end())
        columns.push_back(column);
}

void collectColumns(const Access &access, std::vector<std::string> &columns) {
    if (access.kind == Kind::Allow || access.kind == Kind::User)
        addColumn(columns, access.column);
    if (access.kind == Kind::Row)
        for (const std::string &name : bindNames(queryOf(access)).names)
            if (name.starts_with(kUserPrefix))
                addColumn(columns, name.substr(kUserPrefix.size()));
    for (const Access &part : access.parts)
        collectColumns(part, columns);
}

} // namespace

Access simplified(Access access) {
    return resolved(std::move(access), false);
}

bool hasNegation(const Access &access) {
    return access.kind == Kind::Not ||
           std::any_of(access.parts.begin(), access.parts.end(), hasNegation);
}

std::string ruleMembers(const Access &access) {
    return MemberWriter(access).text();
}

std::vector<std::string> userColumnsOf(const Access &access) {
    std::vector<std::string> columns;
    collectColumns(access, columns);
    return columns;
}

} // namespace pregon
