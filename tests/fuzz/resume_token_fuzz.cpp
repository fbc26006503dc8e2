// SPDX-License-Identifier: MIT

// A client's key: a resume token is taken out of it only where it has the right form, and whatever
// a page brings along is never shown.

#include "worker/clients/connect_request.h"
#include "worker/recovery/resume_token.h"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace pregon;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string text(reinterpret_cast<const char *>(data), size);
    const auto split = splitKey(text);
    if (!split)
        return 0;
    const ResumeToken &token = split->token;
    require(!split->key.empty());
    require(std::string(split->key) + "~" + std::string(token.text) == text);
    require(token.text.size() <= 11 + 1 + 32 && token.madeAtMs >= 0);
    require(token.text.starts_with(token.stamp) && token.text[token.stamp.size()] == '.');
    require(token.text.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-.") ==
            std::string_view::npos);
    require(parseResumeToken(token.text).has_value());
    require(shownPath(text) == std::string(split->key) + "~...");
    return 0;
}
