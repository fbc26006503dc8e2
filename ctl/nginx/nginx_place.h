// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/nginx/nginx_file.h"

#include <optional>
#include <string_view>
#include <vector>

namespace pregon {

/// A location, and the blocks around it, outermost first: the file, http, server, location.
class NginxPlace {
  public:
    explicit NginxPlace(std::vector<const NginxDirective *> blocks) : blocks_(std::move(blocks)) {}

    /// The directive that holds here: of the innermost block that has it. Null: nginx's default.
    const NginxDirective *setting(std::string_view name) const;
    /// For a directive that is given once per value (proxy_set_header, fastcgi_param): all those of
    /// the innermost block that has any, as nginx inherits them.
    std::vector<const NginxDirective *> settings(std::string_view name) const;
    const NginxDirective &innermost() const { return *blocks_.back(); }
    const NginxDirective &server() const;
    bool isLocation() const { return innermost().name == "location"; }

  private:
    std::vector<const NginxDirective *> blocks_;
};

/// Where nginx handles `path` of a request that came for `host` on `port`: the server by its
/// addresses and names; the location as nginx takes it, by `=`, by the longest prefix with `^~`, by
/// the first regular expression, by the longest prefix. Regular expressions in server names are
/// ignored, and so are those of a location that POSIX does not have. The rewrite of the shipped
/// file to its location for WebSockets is followed. nullopt: no server listens there.
std::optional<NginxPlace> findNginxPlace(const NginxDirective &file, std::string_view host,
                                         int port, std::string_view path);
/// The first location anywhere that handles `path`, other than `/`.
std::optional<NginxPlace> findNginxLocation(const NginxDirective &file, std::string_view path);

} // namespace pregon
