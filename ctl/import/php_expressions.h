// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/php_cursor.h"

namespace pregon {

/// A reader of expressions, by recursive descent.
class PhpExpressionReader : protected PhpCursor {
  protected:
    using PhpCursor::PhpCursor;
    ~PhpExpressionReader() = default;

    PhpExpression any();
    /// `{ … }`, of a closure.
    virtual std::vector<PhpStatement> block() = 0;

  private:
    using Kind = PhpExpression::Kind;

    PhpExpression make(Kind kind, std::string name = "", std::vector<PhpExpression> parts = {});
    PhpExpression assignment();
    PhpExpression ternary();
    PhpExpression binary(std::size_t level);
    PhpExpression unary();
    PhpExpression primary();
    PhpExpression named();
    PhpExpression postfix(PhpExpression inner);
    std::vector<PhpExpression> arguments();
    PhpExpression list(std::string_view end);
    PhpExpression closure();
    PhpParameter parameter();
    void skipCaptured();
    void skipType();
};

} // namespace pregon
