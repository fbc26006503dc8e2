// SPDX-License-Identifier: MIT
#include "ctl/import/closure_reader.h"

#include "shared/ascii.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = PhpExpression::Kind;

constexpr std::string_view kUserTypes[] = {"", "App\\Models\\User",
                                           "Illuminate\\Foundation\\Auth\\User",
                                           "Illuminate\\Contracts\\Auth\\Authenticatable"};

bool isUserType(const std::string &type) {
    return std::find(std::begin(kUserTypes), std::end(kUserTypes), type) != std::end(kUserTypes);
}

bool canNameGroup(std::string_view name) {
    constexpr std::size_t kLongest = 32; // of a group's name in PCRE
    return name.size() <= kLongest && (name[0] < '0' || name[0] > '9');
}

} // namespace

std::vector<std::string> patternParameters(std::string_view pattern) {
    std::vector<std::string> names;
    for (std::size_t at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1)) {
        const std::size_t end = pattern.find('}', at);
        names.emplace_back(pattern.substr(at + 1, end == pattern.npos ? end : end - at - 1));
    }
    return names;
}

Result<ClosureMeaning> translateClosure(const ChannelRegistration &channel, const PhpNames &names,
                                        Models &models) {
    return ClosureReader(names, models, channel.guards.has_value()).read(channel);
}

PhpValue ClosureReader::stop(int line, const std::string &reason) {
    if (fault_.empty())
        fault_ = "line " + std::to_string(line) + ": " + reason;
    return {};
}

Result<ClosureMeaning> ClosureReader::read(const ChannelRegistration &channel) {
    line_ = channel.line;
    std::string unread;
    userModel_ = models_.find("App\\Models\\User", unread);
    bindParameters(*channel.closure, channel.pattern);
    ClosureMeaning meaning;
    Answer answer;
    if (fault_.empty())
        answer = run(channel.closure->body, variables_);
    meaning.access = simplified(answer.access);
    if (fault_.empty() && hasNegation(meaning.access))
        stop(line_, "it lets in whoever is not something, which rules cannot say");
    if (fault_.empty() && meaning.access.kind == Access::Kind::Nobody)
        stop(line_, "it lets in nobody");
    if (!fault_.empty())
        return failure(Errc::BadRequest, fault_);
    meaning.shown = std::move(answer.shown);
    meaning.split = std::move(split_);
    meaning.notes = std::move(notes_);
    return meaning;
}

/// Laravel passes the user, and the pattern's parameters by their position.
void ClosureReader::bindParameters(const PhpExpression &closure, const std::string &pattern) {
    const std::vector<std::string> keys = patternParameters(pattern);
    const auto &parameters = closure.parameters;
    if (parameters.size() > keys.size() + 1)
        return static_cast<void>(stop(closure, "it takes more parameters than its pattern has"));
    if (parameters.size() < keys.size() + 1 && !keys.empty())
        notes_.push_back("the pattern has more parameters than the closure takes");
    for (const std::string &key : keys)
        if (key.empty() || !canNameGroup(key) || std::count(keys.begin(), keys.end(), key) != 1)
            return static_cast<void>(stop(closure, "{" + key + "} is no name that PHP takes"));
    if (parameters.empty())
        return;
    if (!isUserType(parameters[0].type.empty() ? "" : names_.resolve(parameters[0].type)))
        return static_cast<void>(
            stop(closure, "its user is a " + names_.resolve(parameters[0].type)));
    PhpValue user;
    user.kind = PhpValue::Kind::User;
    variables_[parameters[0].name] = user;
    for (std::size_t i = 1; i < parameters.size(); i++)
        bindParameter(parameters[i], keys[i - 1]);
}

/// A parameter of a model's type is the row of that key if its name is that of the pattern.
void ClosureReader::bindParameter(const PhpParameter &parameter, const std::string &key) {
    const std::string type = asciiLower(parameter.type);
    PhpValue value;
    value.kind = PhpValue::Kind::Parameter;
    value.name = key;
    value.type = type == "int" ? PhpValue::Type::Whole : PhpValue::Type::Text;
    if (type.empty() || type == "int" || type == "string") {
        variables_[parameter.name] = value;
        return;
    }
    if (type.find_first_of("\\") == type.npos &&
        (type == "float" || type == "bool" || type == "mixed" || type == "array"))
        return static_cast<void>(stop(line_, "the type " + type + " of $" + parameter.name));
    if (parameter.name != key)
        return static_cast<void>(stop(line_, "Laravel binds models by name, and $" +
                                                 parameter.name + " is not {" + key + "}"));
    variables_[parameter.name] = found(rowsOf(names_.resolve(parameter.type)), value);
}

ClosureReader::Answer ClosureReader::joined(const Access &condition, Answer then,
                                            Answer otherwise) {
    const bool hasThen = then.access.kind != Access::Kind::Nobody;
    const bool hasOther = otherwise.access.kind != Access::Kind::Nobody;
    if (hasThen && hasOther && then.shown != otherwise.shown)
        stop(line_, "it returns different things");
    Answer all;
    all.shown = hasThen ? std::move(then.shown) : std::move(otherwise.shown);
    all.access = simplified(Access::of(
        Access::Kind::Any, {Access::of(Access::Kind::All, {condition, std::move(then.access)}),
                            Access::of(Access::Kind::All, {Access::negated(condition),
                                                           std::move(otherwise.access)})}));
    return all;
}

ClosureReader::Answer ClosureReader::choice(const PhpStatement &condition, const Statements &rest,
                                            const Variables &variables) {
    variables_ = variables;
    const Access access = truth(condition.value);
    const auto followed = [&](const Statements &branch) {
        Statements all = branch;
        all.insert(all.end(), rest.begin(), rest.end());
        return run(std::move(all), variables);
    };
    if (!fault_.empty())
        return {};
    Answer then = followed(condition.then);
    Answer otherwise = followed(condition.otherwise);
    return joined(access, std::move(then), std::move(otherwise));
}

ClosureReader::Answer ClosureReader::run(Statements statements, Variables variables) {
    for (std::size_t i = 0; i < statements.size() && fault_.empty(); i++) {
        const PhpStatement &statement = statements[i];
        line_ = statement.value.line != 0 ? statement.value.line : line_;
        if (--budget_ < 0) {
            stop(line_, "too many branches");
            return {};
        }
        const auto rest = [&] {
            return Statements(statements.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                              statements.end());
        };
        variables_ = variables;
        switch (statement.kind) {
        case PhpStatement::Kind::Return:
            return statement.hasValue ? answer(statement.value) : Answer{};
        case PhpStatement::Kind::If:
            return choice(statement, rest(), variables);
        case PhpStatement::Kind::Expression:
            break;
        }
        const bool isAbort = statement.value.is(Kind::Call, "abort_if") ||
                             statement.value.is(Kind::Call, "abort_unless");
        const auto &parts = statement.value.parts;
        if (isAbort && parts.size() >= 2 &&
            std::all_of(parts.begin() + 1, parts.end(),
                        [&](const PhpExpression &part) { return isHarmless(part); })) {
            const Access access = truth(statement.value.parts[0]);
            const bool aborts = statement.value.name == "abort_if";
            return joined(aborts ? Access::negated(access) : access, run(rest(), variables), {});
        }
        perform(statement.value, variables);
    }
    return {};
}

/// Code that changes nothing but a variable, or writes to a log.
void ClosureReader::perform(const PhpExpression &statement, Variables &variables) {
    if (statement.kind == Kind::Assign && statement.parts[0].kind == Kind::Variable) {
        variables[statement.parts[0].name] = value(statement.parts[1]);
        return;
    }
    if (statement.kind == Kind::Assign && statement.parts[0].kind == Kind::List &&
        statement.parts[0].parts.size() == 2) {
        const PhpValue parts = value(statement.parts[1]);
        if (parts.kind == PhpValue::Kind::Parts)
            for (std::size_t i = 0; i < 2; i++)
                if (const PhpExpression &target = statement.parts[0].parts[i];
                    target.kind == Kind::Variable) {
                    variables[target.name] = parts.items[i];
                    if (i == 1)
                        return;
                }
        stop(statement, "the assignment is not understood");
        return;
    }
    const bool isLog = (statement.kind == Kind::StaticCall &&
                        isLaravelClass(names_.resolve(statement.type), "Log")) ||
                       statement.is(Kind::Call, "logger") || statement.is(Kind::Call, "info");
    if (!isLog || !std::all_of(statement.parts.begin(), statement.parts.end(),
                               [&](const PhpExpression &part) { return isHarmless(part); }))
        stop(statement, "it does something besides deciding" +
                            std::string(statement.name.empty() ? "" : " (" + statement.name + ")") +
                            ": webhooks (member_added, member_removed) are the place for that");
}

/// True if the value of the expression can be left out: to find it changes nothing.
bool ClosureReader::isHarmless(const PhpExpression &expression) const {
    switch (expression.kind) {
    case Kind::Text:
    case Kind::Template:
    case Kind::Number:
    case Kind::Constant:
    case Kind::Variable:
    case Kind::ClassConstant:
        return true;
    case Kind::Property:
    case Kind::Index:
    case Kind::List:
    case Kind::Pair:
    case Kind::Not:
    case Kind::Cast:
    case Kind::Binary:
    case Kind::Ternary:
        return std::all_of(expression.parts.begin(), expression.parts.end(),
                           [&](const PhpExpression &part) { return isHarmless(part); });
    case Kind::MethodCall:
        return expression.parts.size() == 1 &&
               (expression.name == "getKey" || expression.name == "toArray") &&
               isHarmless(expression.parts[0]);
    case Kind::Call:
    case Kind::StaticCall:
    case Kind::Assign:
    case Kind::Closure:
        break;
    }
    return false;
}

ClosureReader::Answer ClosureReader::answer(const PhpExpression &expression) {
    if (--budget_ < 0)
        stop(expression, "too many branches");
    if (!fault_.empty())
        return {};
    if (expression.kind == Kind::Ternary && expression.parts.size() == 3) {
        const Access condition = truth(expression.parts[0]);
        Answer then = answer(expression.parts[1]);
        Answer otherwise = answer(expression.parts[2]);
        return joined(condition, std::move(then), std::move(otherwise));
    }
    const PhpValue result = value(expression);
    Answer all{simplified(truthOf(result)), std::nullopt};
    if (result.kind == PhpValue::Kind::Shown)
        all.shown = result.shown;
    if (result.kind == PhpValue::Kind::User) {
        all.shown = ShownColumns{{"id", "id"}, {"name", "name"}};
        notes_.emplace_back("the closure publishes every visible attribute of the user to all "
                            "members; the rule publishes id and name");
    }
    return all;
}

} // namespace pregon
