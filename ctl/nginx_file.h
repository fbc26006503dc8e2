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

/// A location, and the blocks around it, outermost first: the file, http, server, location.
class NginxPlace {
  public:
    explicit NginxPlace(std::vector<const NginxDirective *> blocks) : blocks_(std::move(blocks)) {}

    /// The directive that holds here: of the innermost block that has it. Null: nginx's default.
    const NginxDirective *setting(std::string_view name) const;
    /// Of a directive that is given once per value (proxy_set_header, fastcgi_param): all those of
    /// the innermost block that has any, which is how nginx inherits them.
    std::vector<const NginxDirective *> settings(std::string_view name) const;
    const NginxDirective &innermost() const { return *blocks_.back(); }
    const NginxDirective &server() const;
    bool isLocation() const { return innermost().name == "location"; }

  private:
    std::vector<const NginxDirective *> blocks_;
};

/// Where nginx handles `path` of a request that came for `host` on `port`: the server by its
/// addresses and names, the location by the longest prefix. Regular expressions, in names as in
/// locations, are passed over. nullopt: no server listens there.
std::optional<NginxPlace> findNginxPlace(const NginxDirective &file, std::string_view host,
                                         int port, std::string_view path);
/// The first location anywhere that handles `path` itself (`/app/` or longer), or any server's if
/// `path` is a prefix of its own.
std::optional<NginxPlace> findNginxLocation(const NginxDirective &file, std::string_view path);

/// `60`, `1m30s`, `500ms`, `1h`; nullopt else.
std::optional<std::int64_t> nginxMilliseconds(std::string_view text);
/// `1m`, `512k`, `100`; nullopt else.
std::optional<std::int64_t> nginxBytes(std::string_view text);

} // namespace pregon
