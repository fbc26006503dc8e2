// SPDX-License-Identifier: MIT
#include "fcgi/http/jsonp.h"

#include "shared/ascii.h"

#include <algorithm>
#include <string>

namespace pregon {

bool isJsonpCallback(std::string_view callback) {
    constexpr std::size_t kMaxCallback = 100;
    return !callback.empty() && callback.size() <= kMaxCallback &&
           std::all_of(callback.begin(), callback.end(), [](char c) {
               return isWordCharacter(c) ||
                      std::string_view(".[]'\"$").find(c) != std::string::npos;
           });
}

HttpResponse asJsonp(HttpResponse response, std::string_view callback) {
    if (response.status != 200 || !response.contentType.starts_with("application/json"))
        return response;
    response.contentType = "text/javascript; charset=utf-8";
    // The comment keeps a callback from being the first bytes of some other kind of file.
    response.body = "/**/" + std::string(callback) + "(" + response.body + ");";
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    return response;
}

} // namespace pregon
