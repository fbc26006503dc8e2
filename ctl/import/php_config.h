// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/laravel_env.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What can be told of a Laravel configuration file (`return ['key' => […]]`) without running it:
/// lists, texts and booleans of literals, env(), explode(), trim(), array_filter() and array_map().
/// Takes any bytes.
class PhpConfig {
  public:
    /// nullopt: an expression that only PHP can tell.
    using Items = std::optional<std::vector<std::string>>;

    PhpConfig() = default;
    /// env() is answered from `env`, as of a process without variables of its own.
    static PhpConfig parse(std::string_view text, const LaravelEnv &env);
    /// The file below the application's folder; empty if there is no such file.
    static PhpConfig read(const std::string &file, const LaravelEnv &env);

    /// False for a key that is nowhere in the file, at no depth.
    bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
    /// The texts of a list; for a text that text; for a boolean `true` or `false`. If a key occurs
    /// several times, the first one counts. Empty for null and for a key that does not exist.
    Items items(std::string_view key) const;
    /// True if a literal says so, which is how a file asks for a variable: `env('NAME')`.
    bool mentions(std::string_view text) const { return literals_.find(text) != literals_.end(); }

  private:
    friend class PhpConfigParser;
    std::map<std::string, Items, std::less<>> values_;
    std::set<std::string, std::less<>> literals_;
};

} // namespace pregon
