// SPDX-License-Identifier: MIT
#include "shared/url_encoding.h"

#include "shared/ascii.h"

#include <algorithm>

namespace pregon {

std::string percentDecode(std::string_view text, PlusSign plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); i++) {
        const bool isEscape = text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 &&
                              hexDigit(text[i + 2]) >= 0;
        if (isEscape) {
            out += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' && plus == PlusSign::IsSpace ? ' ' : text[i];
        }
    }
    return out;
}

std::string percentEncode(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool isPlain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                             (c >= 'a' && c <= 'z') ||
                             std::string_view("-._~").find(c) != std::string_view::npos;
        if (isPlain) {
            encoded += c;
            continue;
        }
        encoded += '%';
        encoded += kHex[byte / 16];
        encoded += kHex[byte % 16];
    }
    return encoded;
}

UrlFields parseUrlEncoded(std::string_view text) {
    UrlFields fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (!pair.empty())
            fields[percentDecode(pair.substr(0, equals), PlusSign::IsSpace)] =
                percentDecode(pair.substr(std::min(equals + 1, pair.size())), PlusSign::IsSpace);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return fields;
}

} // namespace pregon
