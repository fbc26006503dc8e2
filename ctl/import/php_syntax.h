// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

struct PhpStatement;

/// A parameter of a closure.
struct PhpParameter {
    std::string type; ///< as it is written, without `?`; empty: none
    std::string name;
};

/// An expression as a tree. Parts of it that could not be read make no tree at all.
struct PhpExpression {
    enum class Kind {
        Text,
        Template,      ///< a text that only PHP can tell
        Number,        ///< of digits alone
        Constant,      ///< `true`, `null`, any other name
        Variable,      ///< name
        Property,      ///< parts[0]->name
        Index,         ///< parts[0][parts[1]]
        Call,          ///< name(parts…)
        MethodCall,    ///< parts[0]->name(parts[1…])
        StaticCall,    ///< type::name(parts…)
        ClassConstant, ///< type::name; `class` is one
        List,          ///< [parts…]
        Pair,          ///< parts[0] => parts[1], in a List
        Not,           ///< !parts[0]
        Cast,          ///< (name) parts[0]
        Binary,        ///< parts[0] name parts[1]; `name` is the operator
        Ternary,       ///< parts[0] ? parts[1] : parts[2]; two parts: `?:`
        Assign,        ///< parts[0] = parts[1]
        Closure,       ///< parameters, body
    };
    Kind kind = Kind::Constant;
    std::string name, type;
    std::vector<PhpExpression> parts;
    int line = 0;
    std::vector<PhpParameter> parameters;
    std::vector<PhpStatement> body;

    bool is(Kind which, std::string_view called) const { return kind == which && name == called; }
};

struct PhpStatement {
    enum class Kind {
        Return,     ///< value, if hasValue
        If,         ///< value, then, otherwise
        Expression, ///< value
    };
    Kind kind = Kind::Expression;
    PhpExpression value;
    bool hasValue = true;
    std::vector<PhpStatement> then, otherwise;
};

} // namespace pregon
