#pragma once

#include <string>
#include <string_view>

namespace pregon {

/// Appends text from elsewhere as a log or a terminal may show it: bytes of control characters
/// (C0, DEL, C1), of characters that end a line or turn the direction of what follows, and of what
/// is no UTF-8, as `\x1b`. So nobody's name forges a line, or moves the operator's cursor. A
/// character of `quoted` gets a backslash before it.
void appendVisible(std::string &to, std::string_view text, std::string_view quoted = "");

/// The first `bytes` of `text` at most, without half a character at the end where it is UTF-8.
std::string_view beginningOf(std::string_view text, std::size_t bytes);

} // namespace pregon
