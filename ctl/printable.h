#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Text from elsewhere for a terminal: control characters, those of UTF-8's second block too, as
/// `\x1b`, so that nobody's event moves the operator's cursor.
inline std::string printable(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string shown;
    for (std::size_t i = 0; i < text.size(); i++) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool isC1 =
            byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (byte >= 0x20 && byte != 0x7f && !isC1) {
            shown += text[i];
            continue;
        }
        shown += "\\x";
        shown += kHex[byte / 16];
        shown += kHex[byte % 16];
    }
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
