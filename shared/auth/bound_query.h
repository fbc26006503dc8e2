// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// SQL with its `:name` and `:user.column` placeholders replaced by `:p0`, `:p1`, …, and what each
/// stands for, in order. Text in single quotes is left alone.
struct BoundQuery {
    std::string sql;
    std::vector<std::string> names;
};
/// `behind`, if given, says for a name what follows its placeholder.
BoundQuery bindNames(std::string_view sql,
                     const std::function<std::string_view(const std::string &)> &behind = nullptr);

} // namespace pregon
