// SPDX-License-Identifier: MIT
#include "ctl/probe/response_head.h"

#include "shared/ascii.h"

#include <algorithm>
#include <charconv>

namespace pregon {

namespace {

void add(std::string &values, std::string_view value) {
    values += (values.empty() ? "" : ", ") + std::string(value);
}

} // namespace

std::string ResponseHead::header(std::string_view name) const {
    const auto found = headers.find(name);
    return found != headers.end() ? found->second : "";
}

std::size_t responseHeadLength(std::string_view received) {
    const std::size_t end = received.find("\r\n\r\n");
    return end == std::string_view::npos ? 0 : end + 4;
}

std::optional<ResponseHead> parseResponseHead(std::string_view head) {
    constexpr std::size_t kVersionSize = 9, kStatusSize = 3; // "HTTP/1.1 " and "101"
    if (!head.starts_with("HTTP/1.") || head.size() < kVersionSize + kStatusSize)
        return std::nullopt;
    ResponseHead answer;
    const char *status = head.data() + kVersionSize;
    const auto [end, error] = std::from_chars(status, status + kStatusSize, answer.status);
    if (error != std::errc() || end != status + kStatusSize || answer.status < 100)
        return std::nullopt;
    while (!head.empty()) {
        head.remove_prefix(std::min(head.find('\n'), head.size() - 1) + 1);
        const std::string_view line = head.substr(0, head.find('\n'));
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos)
            add(answer.headers[asciiLower(std::string(line.substr(0, colon)))],
                trimLine(line.substr(colon + 1)));
    }
    return answer;
}

} // namespace pregon
