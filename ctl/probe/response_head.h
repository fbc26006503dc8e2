// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// The head of an HTTP/1.x answer.
struct ResponseHead {
    int status = 0;
    std::map<std::string, std::string, std::less<>> headers; ///< names in lower case

    /// Empty if absent; of several with one name all, with ", " between them (RFC 9110 §5.3).
    std::string header(std::string_view name) const;
};

/// Where the head ends in what has been received (behind the empty line); 0: not yet.
std::size_t responseHeadLength(std::string_view received);

/// nullopt: this is not HTTP/1.x. A malformed header line is ignored.
std::optional<ResponseHead> parseResponseHead(std::string_view head);

} // namespace pregon
