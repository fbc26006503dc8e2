// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/probe/response_head.h"
#include "shared/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace pregon {

/// The address of a site: `http` or `https`, and where Pregón's paths begin.
struct SiteUrl {
    std::string scheme;
    std::string host; ///< an IPv6 address in brackets
    int port = 0;
    std::string path; ///< without a slash at its end; empty: none

    bool isTls() const { return scheme == "https"; }
    /// `https://example.com:8443`, as browsers write it: without the scheme's own port.
    std::string origin() const;
    std::string text() const { return origin() + path; }
    /// `example.com:8443`.
    std::string authority() const;
};

/// BadRequest: no `http://` or `https://` URL, or one with a user, a query or a fragment.
Result<SiteUrl> parseSiteUrl(const std::string &text);

/// Where no answer came from.
enum class ProbeFault { Name, Connect, Tls, Certificate, Answer };
struct ProbeFailure {
    ProbeFault fault;
    std::string reason;
};
template <class T>
using Probed = tl::expected<T, ProbeFailure>;

/// How to come to a site.
struct ProbeRoute {
    SiteUrl site;
    std::string unixSocket;              ///< in place of the site's address; empty: none
    bool trustsAnyCertificate = false;   ///< self-signed, expired or of another name
    std::chrono::milliseconds timeout{}; ///< for connecting, and for one whole request
};

struct ProbeRequest {
    std::string method;
    std::string path;                 ///< with the query
    std::vector<std::string> headers; ///< `Name: value`
    std::string body;
};

struct ProbeAnswer {
    ResponseHead head;
    std::string body; ///< at most the first MiB
};

/// One request over a connection of its own. Never a proxy, never a redirect. Uses libcurl, and
/// the system's certificates or those of SSL_CERT_FILE, as curl does.
Probed<ProbeAnswer> probe(const ProbeRoute &route, const ProbeRequest &request);

/// A connection to the site, through TLS if that is its scheme, for another protocol than HTTP's.
class ProbeConnection {
  public:
    static Probed<ProbeConnection> open(const ProbeRoute &route);
    ProbeConnection(ProbeConnection &&) noexcept;
    ProbeConnection &operator=(ProbeConnection &&) noexcept;
    ~ProbeConnection();

    /// All of it before the deadline; Unavailable else.
    Result<Done> send(std::string_view bytes, std::chrono::steady_clock::time_point until);
    /// At least one byte. 0: the peer has closed. Unavailable: nothing before the deadline.
    Result<std::size_t> receive(char *buffer, std::size_t size,
                                std::chrono::steady_clock::time_point until);
    /// The address that the name led to.
    std::string address() const;
    /// When the site's certificate ends, seconds since 1970; nullopt without TLS.
    std::optional<std::int64_t> certificateEnds() const;

  private:
    struct Handle;
    explicit ProbeConnection(std::unique_ptr<Handle> handle);
    Result<Done> await(short events, std::chrono::steady_clock::time_point until) const;

    std::unique_ptr<Handle> handle_;
};

} // namespace pregon
