// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pregon {

/// The text behind the last `~` of a client's key, by which a page gets back what it missed
/// (docs/recovery.md): `STAMP.RANDOM`, with STAMP the client's time in milliseconds, base 36, of 1
/// to 11 characters of `[0-9a-z]`, and RANDOM 1 to 32 characters of `[0-9A-Za-z_-]`. A bearer
/// secret: a log or a listing shows its stamp alone.
struct ResumeToken {
    std::string_view text;
    std::string_view stamp;
    std::int64_t madeAtMs = 0; ///< since 1970, by the client's clock
};

/// A key with its token. Borrows the text.
struct KeyWithToken {
    std::string_view key; ///< in front of the last `~`; not empty
    ResumeToken token;
};

/// nullopt if the text has another form.
std::optional<ResumeToken> parseResumeToken(std::string_view text);

/// nullopt if the text has no token behind its last `~`, or no key in front of it. A configured key
/// may look like that itself: look up the whole text first.
std::optional<KeyWithToken> splitKey(std::string_view text);

} // namespace pregon
