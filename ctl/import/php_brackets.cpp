// SPDX-License-Identifier: MIT
#include "ctl/import/php_parser.h"

namespace pregon {
namespace {

bool isOpening(const PhpToken &token) {
    return token.isMark("(") || token.isMark("[") || token.isMark("{") || token.isMark("#[");
}

bool closes(const PhpToken &token, const PhpToken &opening) {
    return token.isMark(opening.isMark("(") ? ")" : opening.isMark("{") ? "}" : "]");
}

bool isClosing(const PhpToken &token) {
    return token.isMark(")") || token.isMark("]") || token.isMark("}");
}

} // namespace

std::optional<std::size_t> behindBrackets(std::span<const PhpToken> tokens, std::size_t open) {
    std::vector<const PhpToken *> opened;
    for (std::size_t i = open; i < tokens.size(); i++) {
        if (isOpening(tokens[i]))
            opened.push_back(&tokens[i]);
        if (!isClosing(tokens[i]))
            continue;
        if (opened.empty() || !closes(tokens[i], *opened.back()))
            return std::nullopt;
        opened.pop_back();
        if (opened.empty())
            return i + 1;
    }
    return std::nullopt;
}

std::vector<std::span<const PhpToken>> splitAtCommas(std::span<const PhpToken> tokens) {
    std::vector<std::span<const PhpToken>> parts;
    std::size_t start = 0;
    int depth = 0;
    for (std::size_t i = 0; i < tokens.size(); i++) {
        depth += isOpening(tokens[i]) ? 1 : isClosing(tokens[i]) ? -1 : 0;
        if (depth == 0 && tokens[i].isMark(",")) {
            parts.push_back(tokens.subspan(start, i - start));
            start = i + 1;
        }
    }
    if (start < tokens.size())
        parts.push_back(tokens.subspan(start));
    return parts;
}

} // namespace pregon
