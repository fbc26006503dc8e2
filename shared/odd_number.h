// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pregon {

/// True for what a database may read as a number but would not write so: `01`, `+1`, `1e0`, `0x1`,
/// `1_0`, `-0`. Compared with a column of numbers it is a second name of the same row.
bool isOddlyWrittenNumber(std::string_view text);

/// The same number in another such form, with zeros in front of its digits: only a comparison as
/// numbers finds the same row by it. `number` must be an oddly written one.
std::string withMoreZeros(std::string_view number);

} // namespace pregon
