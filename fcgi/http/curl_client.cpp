// SPDX-License-Identifier: MIT
#include "fcgi/http/curl_client.h"

#include "shared/ascii.h"

#include <algorithm>
#include <curl/curl.h>

namespace pregon {
namespace {

constexpr std::size_t kMaxHeaderBytes = 65536;

/// What has come of an answer.
struct Receiving {
    HttpResponse response;
    std::size_t maxBody;
    std::size_t headerBytes = 0;
    bool isTooLarge = false;
};

// Called from C: nothing may be thrown through them. Less than `size * count` ends the transfer.

std::size_t onBody(const char *bytes, std::size_t size, std::size_t count, void *user) noexcept {
    auto &receiving = *static_cast<Receiving *>(user);
    const std::size_t length = size * count;
    receiving.isTooLarge = receiving.response.body.size() + length > receiving.maxBody;
    if (receiving.isTooLarge)
        return 0;
    receiving.response.body.append(bytes, length);
    return length;
}

std::size_t onHeader(const char *bytes, std::size_t size, std::size_t count, void *user) noexcept {
    auto &receiving = *static_cast<Receiving *>(user);
    const std::size_t length = size * count;
    std::string_view line(bytes, length);
    receiving.headerBytes += length;
    receiving.isTooLarge = receiving.headerBytes > kMaxHeaderBytes;
    if (receiving.isTooLarge)
        return 0;
    if (line.starts_with("HTTP/")) // a 100 may come before the answer itself
        receiving.response.headers.clear();
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return length;
    const std::string name = asciiLower(std::string(line.substr(0, colon)));
    const std::string value(trimLine(line.substr(colon + 1)));
    if (name == "content-type")
        receiving.response.contentType = value;
    else
        receiving.response.headers.emplace_back(name, value);
    return length;
}

/// A list of header lines in libcurl's form.
class HeaderLines {
  public:
    explicit HeaderLines(const OutgoingRequest &request) {
        for (const auto &[name, value] : request.headers)
            add(name + (value.empty() ? ";" : ": " + value));
        // What libcurl would add by itself.
        for (const char *own : {"Expect", "Accept", "Content-Type"})
            if (std::none_of(request.headers.begin(), request.headers.end(), [&](const auto &one) {
                    return asciiLower(one.first) == asciiLower(std::string(own));
                }))
                add(std::string(own) + ":");
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

struct CurlClient::Handle {
    CURL *curl = ::curl_easy_init();
    ~Handle() { ::curl_easy_cleanup(curl); }
};

void CurlClient::startLibrary() {
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
}

CurlClient::CurlClient() : handle_(std::make_unique<Handle>()) {}
CurlClient::~CurlClient() = default;

Result<HttpResponse> CurlClient::send(const OutgoingRequest &request) {
    CURL *curl = handle_->curl;
    if (curl == nullptr)
        return failure(Errc::Unavailable, "libcurl does not start");
    Receiving receiving{{0, "", "", {}}, request.maxAnswer};
    const HeaderLines lines(request);
    const auto milliseconds = static_cast<long>(request.timeout.count());
    ::curl_easy_reset(curl); // keeps the connections
    ::curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(curl, CURLOPT_PROXY, ""); // whatever the environment says
    ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds);
    ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());
    ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    if (request.method == "POST") {
        ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
        ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    }
    ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, onBody);
    ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
    ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, onHeader);
    ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiving);
    const CURLcode done = ::curl_easy_perform(curl);
    if (receiving.isTooLarge)
        return failure(Errc::TooLarge, "the answer is too large");
    if (done != CURLE_OK)
        return failure(Errc::Unavailable, ::curl_easy_strerror(done));
    long status = 0;
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    receiving.response.status = static_cast<int>(status);
    return std::move(receiving.response);
}

} // namespace pregon
