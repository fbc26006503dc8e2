// SPDX-License-Identifier: MIT
#include "ctl/probe/http_probe.h"

#include <algorithm>
#include <cstdlib>
#include <curl/curl.h>
#include <poll.h>

namespace pregon {
namespace {

constexpr std::size_t kMaxBody = 1 << 20;
constexpr std::size_t kMaxHead = 1 << 16;

using Url = std::unique_ptr<CURLU, decltype(&::curl_url_cleanup)>;

std::string part(const Url &url, CURLUPart which, unsigned flags = 0) {
    char *text = nullptr;
    if (::curl_url_get(url.get(), which, &text, flags) != CURLUE_OK)
        return "";
    std::string copy(text);
    ::curl_free(text);
    return copy;
}

/// A libcurl transfer, and what it said when it failed.
struct Transfer {
    CURL *curl = ::curl_easy_init();
    char reason[CURL_ERROR_SIZE] = "";

    Transfer() = default;
    Transfer(const Transfer &) = delete;
    Transfer &operator=(const Transfer &) = delete;
    ~Transfer() { ::curl_easy_cleanup(curl); }
};

void prepare(Transfer &transfer, const ProbeRoute &route, const std::string &url) {
    CURL *curl = transfer.curl;
    ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer.reason);
    ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(curl, CURLOPT_PROXY, "");
    ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(route.timeout.count()));
    ::curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    if (!route.unixSocket.empty())
        ::curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, route.unixSocket.c_str());
    if (const char *authorities = std::getenv("SSL_CERT_FILE"))
        ::curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
    if (route.trustsAnyCertificate) {
        ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

ProbeFault faultOf(CURLcode code) {
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return ProbeFault::Name;
    case CURLE_COULDNT_CONNECT:
        return ProbeFault::Connect;
    case CURLE_PEER_FAILED_VERIFICATION:
        return ProbeFault::Certificate;
    case CURLE_SSL_CONNECT_ERROR:
        return ProbeFault::Tls;
    default:
        return ProbeFault::Answer;
    }
}

ProbeFailure failureOf(const Transfer &transfer, CURLcode code) {
    ProbeFault fault = faultOf(code);
    long connected = 0;
    ::curl_easy_getinfo(transfer.curl, CURLINFO_NUM_CONNECTS, &connected);
    if (code == CURLE_OPERATION_TIMEDOUT && connected == 0)
        fault = ProbeFault::Connect;
    const std::string said = transfer.reason;
    return {fault, said.empty() ? ::curl_easy_strerror(code) : said};
}

/// What has come of an answer.
struct Receiving {
    std::string head;
    std::string body;
};

// Called from C: nothing may be thrown through them. Less than `size * count` ends the transfer.

std::size_t onBody(const char *bytes, std::size_t size, std::size_t count, void *user) noexcept {
    std::string &body = static_cast<Receiving *>(user)->body;
    const std::size_t length = size * count;
    body.append(bytes, std::min(length, kMaxBody - body.size()));
    return body.size() < kMaxBody ? length : 0;
}

std::size_t onHeader(const char *bytes, std::size_t size, std::size_t count, void *user) noexcept {
    std::string &head = static_cast<Receiving *>(user)->head;
    const std::size_t length = size * count;
    if (std::string_view(bytes, length).starts_with("HTTP/")) // a 100 may come first
        head.clear();
    if (head.size() + length > kMaxHead)
        return 0;
    head.append(bytes, length);
    return length;
}

class HeaderLines {
  public:
    explicit HeaderLines(const std::vector<std::string> &lines) {
        add("Expect:"); // else libcurl would ask before it sends a large body
        for (const std::string &line : lines)
            add(line);
    }
    HeaderLines(const HeaderLines &) = delete;
    HeaderLines &operator=(const HeaderLines &) = delete;
    ~HeaderLines() { ::curl_slist_free_all(lines_); }
    curl_slist *get() const { return lines_; }

  private:
    void add(const std::string &line) { lines_ = ::curl_slist_append(lines_, line.c_str()); }
    curl_slist *lines_ = nullptr;
};

} // namespace

std::string SiteUrl::authority() const {
    const bool isUsual = port == (isTls() ? 443 : 80);
    return host + (isUsual ? "" : ":" + std::to_string(port));
}

std::string SiteUrl::origin() const {
    return scheme + "://" + authority();
}

Result<SiteUrl> parseSiteUrl(const std::string &text) {
    const Url url(::curl_url(), ::curl_url_cleanup);
    if (::curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK)
        return failure(Errc::BadRequest, "not a URL: https://HOST or http://HOST:PORT is expected");
    SiteUrl site{part(url, CURLUPART_SCHEME), part(url, CURLUPART_HOST),
                 std::atoi(part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str()),
                 part(url, CURLUPART_PATH)};
    if (site.scheme != "http" && site.scheme != "https")
        return failure(Errc::BadRequest, "a URL with http:// or https:// is expected");
    for (CURLUPart other : {CURLUPART_USER, CURLUPART_QUERY, CURLUPART_FRAGMENT})
        if (!part(url, other).empty())
            return failure(Errc::BadRequest, "a URL without user, query and fragment is expected");
    while (site.path.ends_with('/'))
        site.path.pop_back();
    return site;
}

Probed<ProbeAnswer> probe(const ProbeRoute &route, const ProbeRequest &request) {
    Transfer transfer;
    const HeaderLines lines(request.headers);
    Receiving receiving;
    prepare(transfer, route, route.site.origin() + request.path);
    CURL *curl = transfer.curl;
    ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());
    ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "POST") {
        ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, onBody);
    ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
    ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, onHeader);
    ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiving);
    const CURLcode done = ::curl_easy_perform(curl);
    const auto head = parseResponseHead(receiving.head);
    // A server may refuse a large body and hang up while it is still being sent.
    if (head && head->status >= 400)
        return ProbeAnswer{*head, std::move(receiving.body)};
    if (done != CURLE_OK && receiving.body.size() < kMaxBody)
        return tl::unexpected<ProbeFailure>(failureOf(transfer, done));
    if (!head)
        return tl::unexpected<ProbeFailure>({ProbeFault::Answer, "the answer is no HTTP"});
    return ProbeAnswer{*head, std::move(receiving.body)};
}

struct ProbeConnection::Handle : Transfer {};

ProbeConnection::ProbeConnection(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
ProbeConnection::ProbeConnection(ProbeConnection &&) noexcept = default;
ProbeConnection &ProbeConnection::operator=(ProbeConnection &&) noexcept = default;
ProbeConnection::~ProbeConnection() = default;

Probed<ProbeConnection> ProbeConnection::open(const ProbeRoute &route) {
    auto handle = std::make_unique<Handle>();
    prepare(*handle, route, route.site.origin() + "/");
    ::curl_easy_setopt(handle->curl, CURLOPT_CONNECT_ONLY, 1L);
    const CURLcode done = ::curl_easy_perform(handle->curl);
    if (done != CURLE_OK)
        return tl::unexpected<ProbeFailure>(failureOf(*handle, done));
    return ProbeConnection(std::move(handle));
}

Result<Done> ProbeConnection::await(short events,
                                    std::chrono::steady_clock::time_point until) const {
    curl_socket_t fd = CURL_SOCKET_BAD;
    ::curl_easy_getinfo(handle_->curl, CURLINFO_ACTIVESOCKET, &fd);
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd waiting{fd, events, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) <= 0)
        return failure(Errc::Unavailable, "nothing came in time");
    return Done{};
}

Result<Done> ProbeConnection::send(std::string_view bytes,
                                   std::chrono::steady_clock::time_point until) {
    while (!bytes.empty()) {
        std::size_t sent = 0;
        const CURLcode done = ::curl_easy_send(handle_->curl, bytes.data(), bytes.size(), &sent);
        bytes.remove_prefix(sent);
        if (done == CURLE_AGAIN) {
            if (const auto ready = await(POLLOUT, until); !ready)
                return ready;
        } else if (done != CURLE_OK) {
            return failure(Errc::Unavailable, ::curl_easy_strerror(done));
        }
    }
    return Done{};
}

Result<std::size_t> ProbeConnection::receive(char *buffer, std::size_t size,
                                             std::chrono::steady_clock::time_point until) {
    while (true) {
        std::size_t received = 0;
        const CURLcode done = ::curl_easy_recv(handle_->curl, buffer, size, &received);
        if (done == CURLE_OK)
            return received;
        if (done != CURLE_AGAIN)
            return failure(Errc::Unavailable, ::curl_easy_strerror(done));
        if (const auto ready = await(POLLIN, until); !ready)
            return tl::unexpected<Error>(ready.error());
    }
}

std::string ProbeConnection::address() const {
    char *address = nullptr;
    ::curl_easy_getinfo(handle_->curl, CURLINFO_PRIMARY_IP, &address);
    return address != nullptr ? address : "";
}

std::optional<std::int64_t> ProbeConnection::certificateEnds() const {
    constexpr std::string_view kField = "Expire date:";
    curl_certinfo *chain = nullptr;
    ::curl_easy_getinfo(handle_->curl, CURLINFO_CERTINFO, &chain);
    if (chain == nullptr || chain->num_of_certs == 0)
        return std::nullopt;
    for (const curl_slist *field = chain->certinfo[0]; field != nullptr; field = field->next)
        if (const std::string_view text(field->data); text.starts_with(kField))
            return ::curl_getdate(field->data + kField.size(), nullptr);
    return std::nullopt;
}

} // namespace pregon
