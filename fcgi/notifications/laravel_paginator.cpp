// SPDX-License-Identifier: MIT
#include "fcgi/notifications/laravel_paginator.h"

#include "shared/json/json.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pregon {
namespace {

/// Laravel's UrlWindow with three pages on each side of the current one.
constexpr std::int64_t kOnEachSide = 3;
constexpr std::int64_t kMostWithoutGap = kOnEachSide * 2 + 7;
constexpr std::int64_t kWindow = kOnEachSide + 4; ///< that close to an end, there is one gap only

/// From one page to another, both included.
using PageRange = std::pair<std::int64_t, std::int64_t>;

/// The pages that have a link; a gap between two ranges is shown as `...`.
std::vector<PageRange> linkedRanges(std::int64_t current, std::int64_t last) {
    if (last <= kMostWithoutGap)
        return {{1, last}};
    if (current <= kWindow)
        return {{1, kWindow + kOnEachSide}, {last - 1, last}};
    if (current > last - kWindow)
        return {{1, 2}, {last - (kWindow + kOnEachSide - 1), last}};
    return {{1, 2}, {current - kOnEachSide, current + kOnEachSide}, {last - 1, last}};
}

class PaginatorWriter {
  public:
    PaginatorWriter(const Page &page, std::string_view url)
        : page_(page), url_(url),
          last_(std::max<std::int64_t>(1, (page.total + page.perPage - 1) / page.perPage)) {}

    std::string write(std::string_view dataJson) {
        const std::int64_t first = (page_.current - 1) * page_.perPage + 1;
        json_.beginObject().key("current_page").number(page_.current);
        json_.key("data").raw(dataJson);
        json_.key("first_page_url").string(urlOf(1));
        number("from", first);
        json_.key("last_page").number(last_);
        json_.key("last_page_url").string(urlOf(last_));
        links();
        json_.key("next_page_url");
        urlOrNull(page_.current + 1);
        json_.key("path").string(url_);
        json_.key("per_page").number(page_.perPage);
        json_.key("prev_page_url");
        urlOrNull(page_.current - 1);
        number("to", first + page_.itemsHere - 1);
        json_.key("total").number(page_.total);
        json_.endObject();
        return json_.take();
    }

  private:
    std::string urlOf(std::int64_t number) const {
        return url_ + "?page=" + std::to_string(number);
    }

    /// Null on a page without items.
    void number(std::string_view name, std::int64_t value) {
        json_.key(name);
        if (page_.itemsHere > 0)
            json_.number(value);
        else
            json_.null();
    }

    /// Null where there is no such page: behind the last, before the first.
    void urlOrNull(std::int64_t number) {
        const bool isForward = number > page_.current;
        if (number < 1 || (isForward && number > last_))
            json_.null();
        else
            json_.string(urlOf(number));
    }

    void link(std::int64_t number, std::string_view label) {
        json_.beginObject().key("url");
        urlOrNull(number);
        json_.key("label").string(label);
        json_.key("active").boolean(number == page_.current).endObject();
    }

    void links() {
        json_.key("links").beginArray();
        link(page_.current - 1, "&laquo; Previous");
        std::int64_t next = 1;
        for (const auto &[from, to] : linkedRanges(page_.current, last_)) {
            if (from > next)
                link(0, "...");
            for (std::int64_t number = from; number <= to; number++)
                link(number, std::to_string(number));
            next = to + 1;
        }
        link(page_.current + 1, "Next &raquo;");
        json_.endArray();
    }

    const Page &page_;
    std::string url_;
    std::int64_t last_;
    JsonWriter json_;
};

} // namespace

std::string paginatedJson(const Page &page, std::string_view url, std::string_view dataJson) {
    return PaginatorWriter(page, url).write(dataJson);
}

} // namespace pregon
