// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// One directive of nginx's configuration, with the block that follows it.
struct NginxDirective {
    std::string name; ///< empty for the file itself
    std::vector<std::string> arguments;
    std::vector<NginxDirective> block;
    std::string file;
    std::size_t line = 0;

    /// `FILE:LINE`.
    std::string where() const { return file + ":" + std::to_string(line); }
    /// The last one of that name in the block; null if there is none.
    const NginxDirective *find(std::string_view directive) const;
    std::vector<const NginxDirective *> findAll(std::string_view directive) const;
    /// Empty if there are fewer.
    std::string_view argument(std::size_t index) const;
};

/// Puts the directives of an `include` into the block where it stands; the argument is the pattern.
using NginxInclude =
    std::function<Result<Done>(const std::string &pattern, std::vector<NginxDirective> &block)>;

/// The directives of `text`. BadRequest with `FILE:LINE: reason`: nginx would refuse it too. No
/// directive is known by name but `include`; Lua blocks are not understood.
Result<std::vector<NginxDirective>> parseNginx(std::string_view text, const std::string &file,
                                               const NginxInclude &include);

/// nginx.conf and what it includes, relative to its folder. Unavailable: cannot be read.
Result<NginxDirective> readNginx(const std::string &path);

/// `60`, `1m30s`, `500ms`, `1h`; nullopt else.
std::optional<std::int64_t> nginxMilliseconds(std::string_view text);
/// `1m`, `512k`, `100`; nullopt else.
std::optional<std::int64_t> nginxBytes(std::string_view text);

} // namespace pregon
