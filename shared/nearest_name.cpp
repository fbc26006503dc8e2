// SPDX-License-Identifier: MIT
#include "shared/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kMaxLength = 256; // the work grows with the square
constexpr std::size_t kMost = 3;

/// How many characters must be put in, taken out or replaced (Levenshtein).
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < left.size(); i++) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < right.size(); j++) {
            const std::size_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// Characters of the words at their beginnings that both have, with their `_`: what is right
/// already must not make up for what is not.
std::size_t sharedWords(std::string_view left, std::string_view right) {
    const auto differs = std::mismatch(left.begin(), left.end(), right.begin(), right.end()).first;
    const auto shared = left.substr(0, static_cast<std::size_t>(differs - left.begin()));
    const std::size_t end = shared.rfind('_');
    return end == std::string_view::npos ? 0 : end + 1;
}

} // namespace

std::vector<std::string_view> nearestNames(std::string_view wrong,
                                           const std::vector<std::string_view> &known) {
    if (wrong.empty() || wrong.size() > kMaxLength)
        return {};
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const std::string_view name : known) {
        const std::size_t apart = name.starts_with(wrong) ? 0 : distance(wrong, name);
        if (apart <= (wrong.size() - sharedWords(wrong, name) + 2) / 3)
            near.emplace_back(apart, name);
    }
    std::stable_sort(near.begin(), near.end(),
                     [](const auto &a, const auto &b) { return a.first < b.first; });
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < std::min(near.size(), kMost); i++)
        names.push_back(near[i].second);
    return names;
}

std::string didYouMean(std::string_view wrong, const std::vector<std::string_view> &known) {
    const auto names = nearestNames(wrong, known);
    std::string text;
    for (std::size_t i = 0; i < names.size(); i++) {
        text += i == 0 ? "; did you mean " : i + 1 == names.size() ? " or " : ", ";
        text += names[i];
    }
    return text.empty() ? text : text + "?";
}

} // namespace pregon
