// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/dotenv.h"
#include "shared/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The `.env` of a Laravel application, of which nothing is changed, as the application reads it:
/// phpdotenv's language (shared/config/dotenv.h), then the words of Laravel's `env()`. Pure but for
/// read().
class LaravelEnv {
  public:
    /// `file` is for messages.
    static LaravelEnv parse(std::string_view text, std::string file);
    /// Unavailable, TooLarge: with the file's name.
    static Result<LaravelEnv> read(const std::string &file);

    /// Empty if it is not set, to nothing, or to null.
    std::string value(std::string_view key) const;
    /// False for a key that no line gives a value; one that is null or empty has one.
    bool has(std::string_view key) const { return parsed_.find(key) != nullptr; }
    /// All names with a value that is not empty, sorted.
    std::vector<std::string> names() const;
    /// `FILE:LINE` of the key's value; the file alone if it has none.
    std::string where(std::string_view key) const;
    /// The same of the first key whose value contains `text`; empty: none does.
    std::string whereContained(std::string_view text) const;

    /// `FILE:LINE: reason` of the line for which Laravel refuses the file; empty: it does not.
    std::string refusal() const;
    /// What Laravel reads otherwise than it looks, as `FILE:LINE: reason`: lines that it passes
    /// over.
    std::vector<std::string> surprises() const;
    /// NAME of a `${NAME}` in the key's value that no line above sets: Laravel takes it from the
    /// environment of its process or leaves it as it is. Empty: there is none.
    std::string undefinedIn(std::string_view key) const;

  private:
    std::string at(std::size_t line) const { return file_ + ":" + std::to_string(line); }

    std::string file_;
    Dotenv parsed_;
};

} // namespace pregon
