// SPDX-License-Identifier: MIT
#include "ctl/import/models.h"

namespace pregon {
namespace {

std::string_view lastPart(std::string_view name) {
    const std::size_t bar = name.rfind('\\');
    return bar == std::string_view::npos ? name : name.substr(bar + 1);
}

std::string withoutBar(std::string_view name) {
    return std::string(name.starts_with('\\') ? name.substr(1) : name);
}

} // namespace

bool PhpNames::take(std::span<const PhpToken> statement) {
    const auto isName = [&](std::size_t at) {
        return at < statement.size() && statement[at].kind == PhpToken::Kind::Name;
    };
    const auto ends = [&](std::size_t at) {
        return at + 1 == statement.size() && statement[at].isMark(";");
    };
    if (!isName(0) || !isName(1))
        return false;
    if (statement[0].isWord("namespace") && ends(2)) {
        namespace_ = withoutBar(statement[1].text);
        return true;
    }
    if (!statement[0].isWord("use") || statement[1].isWord("function") ||
        statement[1].isWord("const"))
        return false;
    for (std::size_t at = 1; isName(at);) {
        const std::string name = withoutBar(statement[at++].text);
        std::string alias(lastPart(name));
        if (isName(at) && statement[at].isWord("as") && isName(at + 1)) {
            alias = statement[at + 1].text;
            at += 2;
        }
        aliases_[alias] = name;
        if (ends(at))
            return true;
        if (at >= statement.size() || !statement[at++].isMark(","))
            return false;
    }
    return false;
}

std::string PhpNames::resolve(std::string_view name) const {
    if (name.starts_with('\\'))
        return withoutBar(name);
    const std::size_t bar = name.find('\\');
    const auto alias = aliases_.find(name.substr(0, bar));
    if (alias != aliases_.end())
        return alias->second + std::string(bar == name.npos ? "" : name.substr(bar));
    return (namespace_.empty() ? "" : namespace_ + "\\") + std::string(name);
}

} // namespace pregon
