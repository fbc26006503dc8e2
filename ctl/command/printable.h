// SPDX-License-Identifier: MIT
#pragma once

#include "shared/log/visible_text.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Text from elsewhere for a terminal.
inline std::string printable(std::string_view text) {
    std::string shown;
    appendVisible(shown, text);
    return shown;
}

/// Rows as lines, each column as wide as its widest cell; a column of an empty table has none.
inline std::string aligned(const std::vector<std::vector<std::string>> &rows) {
    std::vector<std::size_t> widths;
    for (const auto &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); i++)
            widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto &row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); i++)
            line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

} // namespace pregon
