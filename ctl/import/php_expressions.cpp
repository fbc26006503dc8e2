// SPDX-License-Identifier: MIT
#include "ctl/import/php_expressions.h"

#include "shared/ascii.h"

#include <algorithm>
#include <iterator>

namespace pregon {
namespace {

using Token = PhpToken::Kind;

/// Binary operators, those of one line alike strong, the weakest first; all group from the left
/// but `??`, which is alone on its line.
constexpr std::string_view kOperators[][4] = {
    {"??", "", "", ""},         {"||", "", "", ""},     {"&&", "", "", ""},
    {"===", "!==", "==", "!="}, {"<", ">", "<=", ">="}, {".", "", "", ""},
};
constexpr std::size_t kLevels = std::size(kOperators);

constexpr std::string_view kCasts[][2] = {
    {"int", "int"}, {"integer", "int"}, {"string", "string"}, {"bool", "bool"}, {"boolean", "bool"},
};

std::string_view castNamed(const PhpToken &token) {
    for (const auto &[word, name] : kCasts)
        if (token.isWord(word))
            return name;
    return {};
}

} // namespace

PhpExpression PhpExpressionReader::make(Kind kind, std::string name,
                                        std::vector<PhpExpression> parts) {
    PhpExpression expression;
    expression.kind = kind;
    expression.name = std::move(name);
    expression.parts = std::move(parts);
    expression.line = line_;
    return expression;
}

PhpExpression PhpExpressionReader::any() {
    if (depth_ >= kDeepest)
        return stop();
    depth_++;
    PhpExpression expression = assignment();
    depth_--;
    return expression;
}

PhpExpression PhpExpressionReader::assignment() {
    const bool isVariable = next().kind == Token::Variable && next(1).isMark("=");
    PhpExpression left = ternary();
    const bool isList = left.kind == Kind::List && sees("=");
    if (!isVariable && !isList)
        return left;
    expect("=");
    PhpExpression right = any();
    return make(Kind::Assign, "", {std::move(left), std::move(right)});
}

PhpExpression PhpExpressionReader::ternary() {
    PhpExpression condition = binary(0);
    if (!takes("?"))
        return condition;
    if (takes(":"))
        return make(Kind::Ternary, "", {std::move(condition), binary(0)});
    PhpExpression then = any();
    expect(":");
    PhpExpression otherwise = binary(0);
    if (sees("?")) // PHP wants brackets there
        return stop();
    return make(Kind::Ternary, "", {std::move(condition), std::move(then), std::move(otherwise)});
}

PhpExpression PhpExpressionReader::binary(std::size_t level) {
    if (level == kLevels)
        return unary();
    PhpExpression left = binary(level + 1);
    for (;;) {
        const auto *const found =
            std::find_if(std::begin(kOperators[level]), std::end(kOperators[level]),
                         [&](std::string_view one) { return !one.empty() && sees(one); });
        if (found == std::end(kOperators[level]) || !fault_.empty())
            return left;
        at_++;
        PhpExpression right = binary(level == 0 ? 0 : level + 1);
        left = make(Kind::Binary, std::string(*found), {std::move(left), std::move(right)});
    }
}

PhpExpression PhpExpressionReader::unary() {
    if (depth_ >= kDeepest)
        return stop();
    line_ = at_ < tokens_.size() ? next().line : line_;
    std::string cast(sees("(") && next(2).isMark(")") ? castNamed(next(1)) : "");
    const bool isNot = takes("!");
    if (!isNot && cast.empty())
        return postfix(primary());
    at_ += isNot ? 0 : 3;
    depth_++;
    PhpExpression operand = unary();
    depth_--;
    return make(isNot ? Kind::Not : Kind::Cast, std::move(cast), {std::move(operand)});
}

PhpExpression PhpExpressionReader::primary() {
    const PhpToken &token = next();
    if (at_ >= tokens_.size())
        return stop();
    switch (token.kind) {
    case Token::Text:
        at_++;
        return make(Kind::Text, token.text);
    case Token::Template:
        at_++;
        return make(Kind::Template);
    case Token::Variable:
        at_++;
        return make(Kind::Variable, token.text);
    case Token::Number:
        if (!std::all_of(token.text.begin(), token.text.end(),
                         [](char c) { return c >= '0' && c <= '9'; }) ||
            (token.text.size() > 1 && token.text[0] == '0'))
            return stop();
        at_++;
        return make(Kind::Number, token.text);
    case Token::Name:
        return named();
    case Token::Mark:
        break;
    }
    if (takes("["))
        return list("]");
    expect("(");
    PhpExpression inner = any();
    expect(")");
    return inner;
}

PhpExpression PhpExpressionReader::named() {
    const bool isStatic = next().isWord("static");
    const PhpToken &word = next(isStatic ? 1 : 0);
    if (word.isWord("fn") || word.isWord("function")) {
        at_ += isStatic ? 1 : 0;
        return closure();
    }
    for (const char *keyword :
         {"new", "match", "clone", "throw", "yield", "print", "include", "require", "include_once",
          "require_once", "isset", "empty", "list", "exit", "die", "eval", "static"})
        if (next().isWord(keyword))
            return stop();
    const std::string name = tokens_[at_++].text;
    if (takes("("))
        return asciiLower(name) == "array" ? list(")") : make(Kind::Call, name, arguments());
    if (!takes("::"))
        return make(Kind::Constant, name);
    if (next().kind != Token::Name)
        return stop();
    const std::string member = tokens_[at_++].text;
    PhpExpression expression = make(Kind::ClassConstant, member);
    if (takes("("))
        expression = make(Kind::StaticCall, member, arguments());
    expression.type = name;
    return expression;
}

PhpExpression PhpExpressionReader::postfix(PhpExpression inner) {
    while (fault_.empty()) {
        if (takes("[")) {
            PhpExpression key = any();
            expect("]");
            inner = make(Kind::Index, "", {std::move(inner), std::move(key)});
        } else if (takes("->") || takes("?->")) {
            if (next().kind != Token::Name)
                return stop();
            inner = make(Kind::Property, tokens_[at_++].text, {std::move(inner)});
            if (!takes("("))
                continue;
            std::vector<PhpExpression> more = arguments();
            inner.kind = Kind::MethodCall;
            std::move(more.begin(), more.end(), std::back_inserter(inner.parts));
        } else {
            break;
        }
    }
    return inner;
}

/// Behind the opening bracket. Named and spread arguments are not read.
std::vector<PhpExpression> PhpExpressionReader::arguments() {
    std::vector<PhpExpression> all;
    while (fault_.empty() && !takes(")")) {
        all.push_back(any());
        if (!takes(",") && !sees(")"))
            stop();
    }
    return all;
}

PhpExpression PhpExpressionReader::list(std::string_view end) {
    PhpExpression all = make(Kind::List);
    while (fault_.empty() && !takes(end)) {
        PhpExpression item = any();
        if (takes("=>"))
            item = make(Kind::Pair, "", {std::move(item), any()});
        all.parts.push_back(std::move(item));
        if (!takes(",") && !sees(end))
            stop();
    }
    return all;
}

PhpExpression PhpExpressionReader::closure() {
    PhpExpression all = make(Kind::Closure);
    const bool isArrow = tokens_[at_++].isWord("fn");
    expect("(");
    while (fault_.empty() && !takes(")")) {
        all.parameters.push_back(parameter());
        if (!takes(",") && !sees(")"))
            stop();
    }
    if (!isArrow && next().isWord("use"))
        skipCaptured();
    if (takes(":"))
        skipType();
    if (isArrow) {
        expect("=>");
        PhpStatement statement;
        statement.kind = PhpStatement::Kind::Return;
        statement.value = any();
        all.body.push_back(std::move(statement));
    } else {
        all.body = block();
    }
    return all;
}

PhpParameter PhpExpressionReader::parameter() {
    PhpParameter parameter;
    takes("?");
    if (next().kind == Token::Name)
        parameter.type = tokens_[at_++].text;
    if (next().kind != Token::Variable) // `|`, `&`, `...`, an attribute
        stop();
    else
        parameter.name = tokens_[at_++].text;
    return parameter; // a default value is not read
}

/// What `use (…)` brings in is known to nobody here; the body fails where it is used.
void PhpExpressionReader::skipCaptured() {
    at_++;
    expect("(");
    while (fault_.empty() && !takes(")")) {
        if (next().kind != Token::Variable)
            return static_cast<void>(stop());
        at_++;
        takes(",");
    }
}

void PhpExpressionReader::skipType() {
    takes("?");
    do {
        if (next().kind != Token::Name)
            return static_cast<void>(stop());
        at_++;
    } while (takes("|"));
}

} // namespace pregon
