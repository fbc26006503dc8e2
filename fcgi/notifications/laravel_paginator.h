// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pregon {

/// One page of a list that has `total` items in all. Pages count from 1.
struct Page {
    std::int64_t current = 1;
    std::int64_t perPage = 50;
    std::int64_t total = 0;
    std::int64_t itemsHere = 0; ///< on this page
};

/// What Laravel's LengthAwarePaginator answers: `{"current_page":1,"data":[…],…}`, with its links,
/// which leave out the middle of more than 13 pages. `dataJson` is the array of the items; `url` is
/// where the list is, without a query. Pure.
std::string paginatedJson(const Page &page, std::string_view url, std::string_view dataJson);

} // namespace pregon
