// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/php_syntax.h"
#include "ctl/import/php_tokens.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Where the readers of PHP stand. After a fault every reader returns at once; `fault_` is the
/// first.
class PhpCursor {
  protected:
    explicit PhpCursor(std::span<const PhpToken> tokens) : tokens_(tokens) {}

    const PhpToken &next(std::size_t ahead = 0) const {
        static const PhpToken kEnd{PhpToken::Kind::Mark, "", 0};
        return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : kEnd;
    }
    bool sees(std::string_view mark) const { return at_ < tokens_.size() && next().isMark(mark); }
    bool takes(std::string_view mark) {
        const bool isThere = fault_.empty() && sees(mark);
        at_ += isThere ? 1 : 0;
        return isThere;
    }
    void expect(std::string_view mark) {
        if (!takes(mark))
            stop();
    }
    /// Says which token is not understood.
    PhpExpression stop() {
        if (fault_.empty())
            fault_ = at_ < tokens_.size()
                         ? "line " + std::to_string(next().line) + ": \"" +
                               (next().kind == PhpToken::Kind::Variable ? "$" : "") + next().text +
                               "\" is not understood there"
                         : "its code ends too early";
        at_ = tokens_.size();
        return {};
    }

    static constexpr int kDeepest = 60;
    std::span<const PhpToken> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0, line_ = 0;
    std::string fault_;
};

} // namespace pregon
