// SPDX-License-Identifier: MIT
#include "shared/odd_number.h"

#include "shared/ascii.h"

#include <algorithm>

namespace pregon {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isDigitOrUnderscore(char c) {
    return isDigit(c) || c == '_';
}

/// `text` without its first characters of a kind; `found` tells whether there were any.
std::string_view skip(std::string_view text, bool (*isOfKind)(char), bool &found) {
    const auto *end = std::find_if_not(text.begin(), text.end(), isOfKind);
    found = end != text.begin();
    return text.substr(static_cast<std::size_t>(end - text.begin()));
}

std::string_view withoutSign(std::string_view text) {
    return text.starts_with('-') || text.starts_with('+') ? text.substr(1) : text;
}

/// `0x1f`, `0o7`, `0b1`.
bool hasBase(std::string_view text) {
    return text.size() > 2 && text[0] == '0' &&
           std::string_view("xob").find(asciiLower(text[1])) != std::string_view::npos;
}

/// Any form in which one of the databases takes a number without a dot.
bool isNumber(std::string_view text) {
    text = withoutSign(text);
    if (hasBase(text))
        return std::all_of(text.begin() + 2, text.end(),
                           [](char c) { return hexDigit(c) >= 0 || c == '_'; });
    bool found = false;
    if (text.empty() || !isDigit(text[0]))
        return false;
    text = skip(text, isDigitOrUnderscore, found);
    if (text.empty())
        return true;
    if (asciiLower(text[0]) != 'e')
        return false;
    text = skip(withoutSign(text.substr(1)), isDigit, found);
    return found && text.empty();
}

bool isCanonicalInteger(std::string_view text) {
    if (text == "0")
        return true;
    if (text.starts_with('-'))
        text.remove_prefix(1);
    return !text.empty() && text[0] != '0' && std::all_of(text.begin(), text.end(), isDigit);
}

} // namespace

bool isOddlyWrittenNumber(std::string_view text) {
    return isNumber(text) && !isCanonicalInteger(text);
}

std::string withMoreZeros(std::string_view number) {
    const std::size_t sign = number.size() - withoutSign(number).size();
    const std::size_t digits = sign + (hasBase(number.substr(sign)) ? 2 : 0);
    return std::string(number.substr(0, digits)) + "00000000" + std::string(number.substr(digits));
}

} // namespace pregon
