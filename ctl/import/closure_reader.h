// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/closure_translation.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pregon {

/// Rows that a closure looks at: one table, what is joined to it, and the conditions.
struct RowSource {
    std::string table;
    const Model *model = nullptr; ///< null: `DB::table(…)`
    std::string joined;           ///< ` JOIN … ON …`
    std::vector<std::string> conditions;
    bool isOne = false;                     ///< a condition names the key: at most one row
    std::shared_ptr<const RowSource> outer; ///< whose columns the conditions name; null: none

    std::string from() const;
    bool uses(const std::string &name) const; ///< of a table
};

/// What an expression of a closure is worth, as far as that can be told.
struct PhpValue {
    enum class Kind {
        Unknown,
        User,
        Parameter,  ///< name
        UserColumn, ///< name
        RowColumn,  ///< name, of rows
        Text,       ///< name
        Number,     ///< name
        Boolean,    ///< name: true, false
        Null,
        Row,     ///< the one row of rows, or null
        Rows,    ///< a query, or the collection of its rows
        Plucked, ///< the column `name` of rows
        Truth,   ///< access
        Shown,   ///< shown
        Values,  ///< items
        Parts,   ///< the parameter `name`, taken apart at `separator`
    };
    /// What `===` compares besides the value.
    enum class Type {
        Text,
        Whole,
        Any,   ///< the one or the other
        Other, ///< what the model makes of it
    };
    /// What Rows and Plucked are in PHP: each has methods of its own.
    enum class Form { Query, Collection, Array };
    Kind kind = Kind::Unknown;
    Type type = Type::Other;
    Form form = Form::Query;
    std::string name, separator;
    std::shared_ptr<const RowSource> rows;
    Access access;
    ShownColumns shown;
    std::vector<PhpValue> items;
};

/// Walks the code of one closure. Every reader returns at once after the first fault.
class ClosureReader {
  public:
    ClosureReader(const PhpNames &names, Models &models, bool hasGuards)
        : names_(names), models_(models), hasGuards_(hasGuards) {}

    Result<ClosureMeaning> read(const ChannelRegistration &channel);

  private:
    using Statements = std::vector<PhpStatement>;
    using Variables = std::map<std::string, PhpValue>;
    /// What a part of a closure returns.
    struct Answer {
        Access access = Access::nobody();
        std::optional<ShownColumns> shown;
    };

    // closure_reader.cpp: parameters and statements
    void bindParameters(const PhpExpression &closure, const std::string &pattern);
    void bindParameter(const PhpParameter &parameter, const std::string &key);
    Answer run(Statements statements, Variables variables);
    Answer choice(const PhpStatement &condition, const Statements &rest,
                  const Variables &variables);
    void perform(const PhpExpression &statement, Variables &variables);
    bool isHarmless(const PhpExpression &expression) const;
    Answer answer(const PhpExpression &expression);
    Answer joined(const Access &condition, Answer then, Answer otherwise);

    // closure_values.cpp: expressions
    PhpValue value(const PhpExpression &expression);
    PhpValue property(const PhpExpression &expression);
    PhpValue userColumn(const std::string &name);
    PhpValue rowColumn(const PhpValue &row, const std::string &name);
    PhpValue call(const PhpExpression &expression);
    PhpValue staticCall(const PhpExpression &expression);
    PhpValue methodCall(const PhpExpression &expression);
    PhpValue userMethod(const PhpExpression &expression);
    PhpValue cast(const std::string &type, PhpValue inner);
    PhpValue list(const PhpExpression &expression);
    PhpValue constant(const PhpExpression &expression);
    PhpValue onlyOf(const PhpExpression &call, std::size_t from);
    Access truth(const PhpExpression &expression);
    Access truthOf(const PhpValue &value);

    // closure_comparison.cpp
    PhpValue binary(const PhpExpression &expression);
    Access equal(const PhpValue &left, const PhpValue &right, bool isStrict);
    bool isBoolean(const std::string &column) const;
    Access userEquals(const PhpValue &column, const PhpValue &other);
    Access rowEquals(const PhpValue &column, const PhpValue &other);
    Access inArray(const PhpExpression &call);
    Access isIn(const PhpValue &needle, const PhpValue &list, bool isStrict);
    Access counted(const PhpExpression &expression);

    // closure_queries.cpp
    PhpValue rowsOf(const std::string &className);
    PhpValue relationOf(const PhpValue &owner, const std::string &name);
    PhpValue found(PhpValue rows, const PhpValue &key);
    PhpValue rowsMethod(PhpValue rows, const PhpExpression &call);
    PhpValue queryMethod(PhpValue rows, const PhpExpression &call);
    PhpValue collectionMethod(PhpValue rows, const PhpExpression &call);
    PhpValue plucked(PhpValue rows, const PhpExpression &call);
    PhpValue where(PhpValue rows, const PhpExpression &call);
    std::string whereSql(const PhpExpression &call, RowSource &source);
    std::string groupSql(const PhpExpression &closure, RowSource &source);
    std::string groupCall(const PhpExpression &call, const std::string &builder, RowSource &source);
    Access contains(PhpValue rows, const PhpExpression &call);
    Access exists(const PhpValue &rows, const std::string &condition = "");
    std::string sqlOf(const PhpValue &value, RowSource &source);
    std::string columnSql(const std::string &name, const RowSource &source);
    Access roles(const PhpExpression &call);
    std::optional<std::string> texts(const std::vector<PhpExpression> &list, std::size_t from);

    PhpValue stop(int line, const std::string &reason);
    PhpValue stop(const PhpExpression &at, const std::string &reason) {
        return stop(at.line, reason);
    }
    Access refuse(const std::string &reason) {
        stop(line_, reason);
        return Access::nobody();
    }

    const PhpNames &names_;
    Models &models_;
    const bool hasGuards_;
    const Model *userModel_ = nullptr;
    Variables variables_;
    std::optional<SplitParameter> split_;
    std::vector<std::string> notes_;
    std::string fault_;
    int line_ = 0, budget_ = 2000;
};

} // namespace pregon
