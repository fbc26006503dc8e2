// SPDX-License-Identifier: MIT
#include "ctl/import/php_parser.h"

#include "ctl/import/php_expressions.h"

namespace pregon {
namespace {

/// Statements, and what all of the tokens make.
class Parser final : private PhpExpressionReader {
  public:
    explicit Parser(std::span<const PhpToken> tokens) : PhpExpressionReader(tokens) {}

    Result<PhpExpression> whole() {
        PhpExpression expression = any();
        return finished() ? Result<PhpExpression>(std::move(expression)) : refusal();
    }

    Result<std::vector<PhpStatement>> wholeBody() {
        std::vector<PhpStatement> body = statements();
        return finished() ? Result<std::vector<PhpStatement>>(std::move(body)) : refusal();
    }

  private:
    bool finished() {
        if (fault_.empty() && at_ < tokens_.size())
            stop();
        return fault_.empty();
    }
    tl::unexpected<Error> refusal() const { return failure(Errc::BadRequest, fault_); }

    std::vector<PhpStatement> block() override {
        if (depth_ >= kDeepest)
            stop();
        expect("{");
        depth_++;
        std::vector<PhpStatement> body = statements();
        depth_--;
        expect("}");
        return body;
    }

    std::vector<PhpStatement> statements() {
        std::vector<PhpStatement> body;
        while (fault_.empty() && at_ < tokens_.size() && !sees("}"))
            if (!takes(";"))
                body.push_back(statement());
        return body;
    }

    PhpStatement statement() {
        PhpStatement all;
        if (next().isWord("if") && next(1).isMark("("))
            return condition();
        if (next().isWord("return")) {
            at_++;
            all.kind = PhpStatement::Kind::Return;
            all.hasValue = !sees(";");
        }
        if (all.hasValue)
            all.value = any();
        expect(";");
        return all;
    }

    /// From `if` or `elseif`.
    PhpStatement condition() {
        PhpStatement all;
        all.kind = PhpStatement::Kind::If;
        if (depth_ >= kDeepest)
            stop();
        depth_++;
        at_++;
        expect("(");
        all.value = any();
        expect(")");
        all.then = branch();
        if (fault_.empty() && next().isWord("elseif")) {
            all.otherwise.push_back(condition());
        } else if (fault_.empty() && next().isWord("else")) {
            at_++;
            all.otherwise = branch();
        }
        depth_--;
        return all;
    }

    std::vector<PhpStatement> branch() {
        if (sees("{"))
            return block();
        if (sees(":") || !fault_.empty()) // if (…): … endif
            stop();
        std::vector<PhpStatement> one;
        one.push_back(statement());
        return one;
    }
};

} // namespace

Result<PhpExpression> parsePhpExpression(std::span<const PhpToken> tokens) {
    return Parser(tokens).whole();
}

Result<std::vector<PhpStatement>> parsePhpBody(std::span<const PhpToken> tokens) {
    return Parser(tokens).wholeBody();
}

} // namespace pregon
