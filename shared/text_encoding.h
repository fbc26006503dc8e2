// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pregon {

/// `text` without the byte order mark of UTF-8 that some Windows editors put in front.
std::string_view withoutByteOrderMark(std::string_view text);

/// `text` with a `?` for each byte sequence that is no UTF-8, as PHP's mb_convert_encoding: one for
/// the longest start of a character that breaks off, one for each byte that can start none.
std::string replaceInvalidUtf8(std::string_view text);

} // namespace pregon
