// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Why phpdotenv refuses a line. TooLong is ours: references can make a value grow without end.
enum class DotenvError {
    InvalidName,
    UnexpectedEquals,
    UnexpectedEscape,
    UnexpectedText,
    MissingQuote,
    TooLong
};

/// What to write instead, for the operator.
std::string_view describe(DotenvError error);

/// A file of `NAME=value` lines in the language of vlucas/phpdotenv 5.6, which Laravel 11 and 12
/// read their `.env` with: the same values and the same refusals.
/// tests/shared/config/dotenv_table.json holds what the real one makes of some hundred files. Pure;
/// takes any bytes.
///
/// One difference: names may hold letters of any script, as there, but of the digits only 0 to 9.
struct Dotenv {
    struct Entry {
        std::string name;
        std::optional<std::string> value; ///< none: a name without `=`, which unsets it
        std::size_t line;                 ///< of the name, from 1
        std::string undefined;            ///< a `${NAME}` that no line above sets: left as it is
    };
    struct Fault {
        std::size_t line;
        DotenvError error;
        std::string name; ///< empty if it is what is wrong
    };
    struct Lines {
        std::size_t first, last;
    };

    std::vector<Entry> entries; ///< in the order of the file; of two with one name the later counts
    /// phpdotenv, and with it Laravel, refuses the whole file for the first of them.
    std::vector<Fault> faults;
    /// What phpdotenv passes over without a word, since a `="` above leaves a double quote open: in
    /// a comment, or up to the end of the file.
    std::vector<Lines> passedOver;

    static Dotenv parse(std::string_view text);

    /// The entry that counts for a name; null if there is none.
    const Entry *find(std::string_view name) const;

    /// The last entry of each name, by its position in `entries`.
    std::map<std::string, std::size_t, std::less<>> latest;
};

/// What Laravel's `env()` makes of a value: nullopt for `null` and `(null)`, nothing for `empty`,
/// `true` and `false` for the same in brackets or capitals; quotes around the rest are dropped.
std::optional<std::string> laravelEnvValue(std::string_view value);

} // namespace pregon
