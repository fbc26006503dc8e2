// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// One token of a PHP file. Comments, white space and the tags are none.
struct PhpToken {
    enum class Kind {
        Text,     ///< a literal in quotes; `text` is its value
        Template, ///< a text that only PHP can tell: with variables, odd escapes, a heredoc
        Variable, ///< `text` is the name without its `$`
        Name,     ///< a keyword, or a name with its namespace: `App\Models\User`
        Number,   ///< as it is written
        Mark,     ///< an operator or a bracket
    };
    Kind kind;
    std::string text;
    int line = 0;

    bool is(Kind which, std::string_view what) const { return kind == which && text == what; }
    bool isMark(std::string_view mark) const { return is(Kind::Mark, mark); }
    /// Without regard to case, as PHP takes its keywords.
    bool isWord(std::string_view word) const;
};

/// The tokens of a PHP file, from `<?php` to its end. BadRequest with the line for what is read
/// differently by a person and by PHP, or not at all: a text or a comment without an end, text
/// outside the tags, backquotes, a heredoc with `{$`. Takes any bytes; the work is in proportion to
/// their number.
Result<std::vector<PhpToken>> phpTokens(std::string_view file);

} // namespace pregon
