// SPDX-License-Identifier: MIT
#include "shared/auth/condition_reader.h"

#include <algorithm>

namespace pregon {
namespace {

/// A boolean is written differently by SQLite and MariaDB (1), and PostgreSQL (t, true).
constexpr const char *kTrue[] = {"1", "t", "true"};
constexpr const char *kFalse[] = {"0", "f", "false"};

/// Reads the condition of one rule, and counts its queries.
class ConditionReader {
  public:
    ConditionReader(const UserColumns &columns, const std::vector<std::string> &names)
        : columns_(columns), names_(names) {}

    Result<ChannelCondition> read(JsonValue object, int depth) {
        if (depth > kDeepestCondition)
            return invalidRule("more than " + std::to_string(kDeepestCondition) +
                               " conditions within each other");
        ChannelCondition condition;
        for (const auto part :
             {&ConditionReader::readAllow, &ConditionReader::readUser, &ConditionReader::readQuery})
            if (const auto done = (this->*part)(object, condition); !done)
                return tl::unexpected<Error>(done.error());
        condition.ability = object.find("ability").asString().value_or("");
        for (const auto &[name, list] :
             {std::pair("any", &ChannelCondition::any), std::pair("all", &ChannelCondition::all)})
            if (const auto done = readList(object, name, condition.*list, depth); !done)
                return tl::unexpected<Error>(done.error());
        return condition;
    }

  private:
    Result<Done> readAllow(JsonValue object, ChannelCondition &condition) {
        Result<Done> result = Done{};
        object.find("allow").forEach([&](std::string_view parameter, JsonValue value) {
            const auto column = userColumn(columns_, value.asString());
            const std::string name(parameter);
            if (condition.allow.contains(name))
                result = invalidRule("allow: \"" + name + "\" stands there twice");
            else if (std::find(names_.begin(), names_.end(), name) == names_.end())
                result = invalidRule("allow: the pattern has no {" + name + "}");
            else if (!column)
                result =
                    invalidRule("allow: " + columnFault(value.asString().value_or(""),
                                                        "expected \"user.COLUMN\" for " + name));
            else
                condition.allow[name] = *column;
        });
        return result;
    }

    Result<Done> readUser(JsonValue object, ChannelCondition &condition) {
        const JsonValue user = object.find("user");
        if (user.exists() && user.size() == 0)
            return invalidRule("user: names no column");
        Result<Done> result = Done{};
        user.forEach([&](std::string_view column, JsonValue list) {
            const std::string name(column);
            auto values = readValues(list);
            if (condition.user.contains(name))
                result = invalidRule("user: \"" + name + "\" stands there twice");
            else if (!userColumn(columns_, std::string(kUserPrefix) + name))
                result = invalidRule("user: " + columnFault(std::string(kUserPrefix) + name,
                                                            "\"" + name + "\" is no column"));
            else if (!values)
                result = invalidRule("user: " + name + ": " + values.error().reason);
            else
                condition.user[name] = std::move(*values);
        });
        return result;
    }

    static Result<std::vector<std::string>> readValues(JsonValue list) {
        const auto fault = invalidRule("expected a list of texts, whole numbers or booleans");
        std::vector<std::string> values;
        bool isGood = list.isArray() && list.size() > 0;
        list.forEach([&](std::string_view, JsonValue value) {
            if (const auto truth = value.asBoolean())
                values.insert(values.end(), *truth ? std::begin(kTrue) : std::begin(kFalse),
                              *truth ? std::end(kTrue) : std::end(kFalse));
            else if (const auto number = value.asInteger())
                values.push_back(std::to_string(*number));
            else if (const auto text = value.asString(); text && !text->empty())
                values.push_back(*text);
            else
                isGood = false;
        });
        return isGood ? Result<std::vector<std::string>>(std::move(values)) : fault;
    }

    Result<Done> readQuery(JsonValue object, ChannelCondition &condition) {
        condition.query = object.find("query").asString().value_or("");
        if (!condition.query.empty() && ++queries_ > kMaxConditionQueries)
            return invalidRule("more than " + std::to_string(kMaxConditionQueries) + " queries");
        return checkQuery(columns_, condition.query, names_);
    }

    Result<Done> readList(JsonValue object, const std::string &name,
                          std::vector<ChannelCondition> &into, int depth) {
        const JsonValue list = object.find(name);
        if (list.exists() && list.size() == 0)
            return invalidRule(name + ": is empty");
        Result<Done> result = Done{};
        list.forEach([&](std::string_view, JsonValue entry) {
            if (!result)
                return;
            auto part = readPart(entry, depth + 1);
            if (part)
                into.push_back(std::move(*part));
            else
                result = invalidRule(name + " " + std::to_string(into.size() + 1) + ": " +
                                     part.error().reason);
        });
        return result;
    }

    Result<ChannelCondition> readPart(JsonValue entry, int depth) {
        if (!entry.isObject())
            return invalidRule("expected an object");
        if (const auto known = checkMembers(entry, conditionMembers()); !known)
            return tl::unexpected<Error>(known.error());
        auto condition = read(entry, depth);
        if (condition && !hasCondition(entry))
            return invalidRule("none of \"allow\", \"user\", \"query\", \"any\" and \"all\"");
        return condition;
    }

    const UserColumns &columns_;
    const std::vector<std::string> &names_;
    int queries_ = 0;
};

} // namespace

const std::vector<KnownMember> &conditionMembers() {
    static const std::vector<KnownMember> kMembers = {
        {"allow", &JsonValue::isObject}, {"user", &JsonValue::isObject},
        {"query", &JsonValue::isString}, {"ability", &JsonValue::isString},
        {"any", &JsonValue::isArray},    {"all", &JsonValue::isArray}};
    return kMembers;
}

bool hasCondition(JsonValue object) {
    for (const char *name : {"allow", "user", "any", "all"})
        if (object.find(name).exists())
            return true;
    return !object.find("query").asString().value_or("").empty();
}

Result<ChannelCondition> readCondition(const UserColumns &columns, JsonValue object,
                                       const std::vector<std::string> &names) {
    return ConditionReader(columns, names).read(object, 1);
}

} // namespace pregon
