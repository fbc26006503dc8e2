// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pregon {

/// Appends foreign text in a form that is safe in a log or a terminal: bytes of control characters
/// (C0, DEL, C1), of characters that end a line or change the direction of text, and of invalid
/// UTF-8 are written as `\x1b`. So a name can neither forge a line nor move the operator's cursor.
/// A character of `quoted` gets a backslash before it.
void appendVisible(std::string &to, std::string_view text, std::string_view quoted = "");

/// The first `bytes` of `text` at most, without half a character at the end where it is UTF-8.
std::string_view beginningOf(std::string_view text, std::size_t bytes);

} // namespace pregon
