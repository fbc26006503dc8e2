// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What the value of a setting must be.
struct SettingType {
    enum class Kind {
        Text,
        Boolean,
        Number, ///< a whole one, `minimum` to `maximum`, of a `unit`
        Word,   ///< one of `words`
        WordOfAnyCase,
        List,            ///< with commas, at least one
        Origins,         ///< patterns as of checkOriginPattern, with commas
        Addresses,       ///< addresses and prefixes as of AddressPrefix, with commas
        ListenAddresses, ///< as of parseListenAddress, with commas
        Path,
        SocketPath, ///< of a Unix-domain socket
        SocketPaths,
        RoutePrefix, ///< what a URL's path begins with
        HttpUrl,     ///< of an application: scheme, host, port, path
        StoreUrl,    ///< as of parseDatabaseUrl
        CookieName,
        Models,   ///< classes of Laravel's, or aliases of its morph map, with commas
        Key32,    ///< base64 of 32 bytes
        TimeZone, ///< that the system knows
        OfRedis,  ///< one of Laravel's, which redisSettings checks; `words` says what it is
    };
    Kind kind = Kind::Text;
    std::int64_t minimum = 0, maximum = 0;
    std::string_view unit = {}; ///< bytes, milliseconds, seconds, minutes; empty: of something else
    std::string_view words = {}; ///< with blanks between them
};

/// As the manual page says it: `seconds, 1 to 86400`, `members, all or none`, `path`.
std::string describe(const SettingType &type);

/// BadRequest with the reason if a value of the type cannot be so: what is expected, and what may
/// have been meant. An empty text is no value, or an empty list; a number, a word and a boolean
/// cannot be empty. The reason never holds a secret.
Result<Done> checkValue(const SettingType &type, std::string_view text);

/// The words that mean true and false; nullopt for any other.
std::optional<bool> switchValue(std::string_view text);

/// The elements of a list with commas, without the blanks around them; empty ones are left out.
std::vector<std::string> splitList(std::string_view text);

} // namespace pregon
