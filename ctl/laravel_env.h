#pragma once

#include "shared/result.h"

#include <map>
#include <string>
#include <string_view>

namespace pregon {

/// The `.env` of a Laravel application, of which nothing is changed. `${OTHER}` is replaced by what
/// OTHER says above.
class LaravelEnv {
  public:
    /// Lines that are no `KEY=value` are passed over. `file` is for messages.
    static LaravelEnv parse(std::string_view text, std::string file);
    /// Unavailable, TooLarge: with the file's name.
    static Result<LaravelEnv> read(const std::string &file);

    /// Empty if it is not set, or to nothing.
    std::string value(std::string_view key) const;
    /// `FILE:LINE` of the key's value; the file alone if it has none.
    std::string where(std::string_view key) const;
    /// The same of the first key whose value contains `text`; empty: none does.
    std::string whereContained(std::string_view text) const;

  private:
    struct Value {
        std::string text;
        std::size_t line;
    };
    std::string replaced(std::string_view text) const;

    std::string file_;
    std::map<std::string, Value, std::less<>> values_;
};

} // namespace pregon
