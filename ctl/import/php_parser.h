// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/php_syntax.h"
#include "ctl/import/php_tokens.h"
#include "shared/result.h"

#include <optional>
#include <span>

namespace pregon {

/// The expression that all of these tokens make. BadRequest with what stands in the way: PHP has
/// far more than this reads (spec channels-php §4), and what it does not read it does not guess.
/// Named arguments, `new`, arithmetic, `match` and loops are among that. Bounded in depth.
Result<PhpExpression> parsePhpExpression(std::span<const PhpToken> tokens);

/// The statements that all of these tokens make: the body of a function.
Result<std::vector<PhpStatement>> parsePhpBody(std::span<const PhpToken> tokens);

/// The place behind the bracket that closes the one at `open`; nullopt if none does.
std::optional<std::size_t> behindBrackets(std::span<const PhpToken> tokens, std::size_t open);

/// The parts between commas that stand in no bracket of their own. An empty last part is none.
std::vector<std::span<const PhpToken>> splitAtCommas(std::span<const PhpToken> tokens);

} // namespace pregon
