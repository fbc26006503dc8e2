// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// A script of the application's page, or the page itself.
struct PageScript {
    std::string where; ///< its file or its URL
    std::string text;
};

/// The key that a bundled script gives to Echo: that of the `key:"…"` beside a `broadcaster:"…"`,
/// as Vite and esbuild write them. Empty: it was built without a key. nullopt: no such place; a key
/// that comes from elsewhere at run time cannot be found.
std::optional<std::string> echoKeyIn(std::string_view script);

/// True if the script has `text` as a whole string literal.
bool hasLiteral(std::string_view script, std::string_view text);

/// The paths of the `.js` files that a page loads from its own origin, once each, in their order;
/// `origin` as SiteUrl::origin writes it. Those of other origins are ignored.
std::vector<std::string> scriptPathsIn(std::string_view html, std::string_view origin);

} // namespace pregon
