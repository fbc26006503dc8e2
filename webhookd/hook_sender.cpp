// SPDX-License-Identifier: MIT
#include "webhookd/hook_sender.h"

#include "shared/ascii.h"
#include "shared/number_text.h"

#include <algorithm>
#include <curl/curl.h>
#include <string>
#include <string_view>

namespace pregon {
namespace {

constexpr std::size_t kMaxAnswer = 64 << 10; ///< bytes of an answer's body that are read
constexpr std::size_t kMaxHeaders = 64 << 10;
constexpr std::size_t kMaxFirstLine = 200;
constexpr long kConnectMs = 3000, kKeptConnections = 256, kMaxRetryAfterSeconds = 300;

/// A list of header lines in libcurl's form.
class HeaderLines {
  public:
    explicit HeaderLines(const HookRequest &request) {
        for (const auto &[name, value] : request.headers)
            add(name + (value.empty() ? ";" : ": " + value));
        // What libcurl would add by itself, unless it is configured.
        add("Expect:");
        if (std::none_of(request.headers.begin(), request.headers.end(),
                         [](const auto &one) { return asciiLower(one.first) == "accept"; }))
            add("Accept:");
    }
    HeaderLines(const HeaderLines &) = delete;
    ~HeaderLines() { ::curl_slist_free_all(lines_); }
    curl_slist *get() const { return lines_; }

  private:
    void add(const std::string &line) { lines_ = ::curl_slist_append(lines_, line.c_str()); }
    curl_slist *lines_ = nullptr;
};

} // namespace

/// One request under way, with what libcurl borrows of it.
struct HookSender::Transfer {
    Transfer(const HookRequest &toSend, Ended toCall)
        : request(toSend), lines(request), ended(std::move(toCall)), curl(::curl_easy_init()) {}
    ~Transfer() { ::curl_easy_cleanup(curl); }
    Transfer(const Transfer &) = delete;

    HookRequest request;
    HeaderLines lines;
    Ended ended;
    CURL *curl;
    HookOutcome outcome;
    std::size_t headerBytes = 0, bodyBytes = 0;
    bool isCut = false; ///< more of the body came than is read

    void prepare();
    void header(std::string_view line);
    HookOutcome end(CURLcode code);

    // Called from C: nothing may be thrown through them. Less than `size * count` ends the
    // transfer.
    static std::size_t onHeader(const char *bytes, std::size_t size, std::size_t count,
                                void *user) noexcept;
    static std::size_t onBody(const char *bytes, std::size_t size, std::size_t count,
                              void *user) noexcept;
};

struct HookSender::Handles {
    CURLM *multi = ::curl_multi_init();
    std::vector<std::unique_ptr<Transfer>> transfers;
};

std::size_t HookSender::Transfer::onHeader(const char *bytes, std::size_t size, std::size_t count,
                                           void *user) noexcept {
    auto &transfer = *static_cast<Transfer *>(user);
    transfer.headerBytes += size * count;
    if (transfer.headerBytes > kMaxHeaders)
        return 0;
    transfer.header({bytes, size * count});
    return size * count;
}

std::size_t HookSender::Transfer::onBody(const char *bytes, std::size_t size, std::size_t count,
                                         void *user) noexcept {
    auto &transfer = *static_cast<Transfer *>(user);
    std::string &line = transfer.outcome.firstLine;
    const std::string_view text(bytes, size * count);
    if (transfer.bodyBytes < kMaxFirstLine && line.find('\n') == std::string::npos)
        line += text.substr(0, kMaxFirstLine - transfer.bodyBytes);
    transfer.bodyBytes += text.size();
    transfer.isCut = transfer.bodyBytes > kMaxAnswer;
    return transfer.isCut ? 0 : text.size();
}

void HookSender::Transfer::header(std::string_view line) {
    if (line.starts_with("HTTP/")) // a 100 may come before the answer itself
        outcome.retryAfterMs.reset();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos ||
        asciiLower(std::string(line.substr(0, colon))) != "retry-after")
        return;
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    if (const auto seconds = wholeNumber(trimLine(line.substr(colon + 1)));
        seconds && *seconds >= 0)
        outcome.retryAfterMs = std::min<std::int64_t>(*seconds, kMaxRetryAfterSeconds) * 1000;
}

HookOutcome HookSender::Transfer::end(CURLcode code) {
    long status = 0;
    curl_off_t microseconds = 0;
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    ::curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME_T, &microseconds);
    outcome.status = static_cast<int>(status);
    outcome.tookMs = static_cast<std::int64_t>(microseconds / 1000);
    if (code == CURLE_OPERATION_TIMEDOUT)
        outcome.error = status == 0 ? "no answer in time" : "no whole answer in time";
    else if (headerBytes > kMaxHeaders)
        outcome.error = "the answer's headers are too large";
    else if (code != CURLE_OK && !(isCut && code == CURLE_WRITE_ERROR))
        outcome.error = ::curl_easy_strerror(code);
    outcome.firstLine.resize(std::min(outcome.firstLine.find('\n'), outcome.firstLine.size()));
    return outcome;
}

void HookSender::Transfer::prepare() {
    ::curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(curl, CURLOPT_PROXY, ""); // whatever the environment says
    ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeoutMs));
    ::curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!request.caFile.empty())
        ::curl_easy_setopt(curl, CURLOPT_CAINFO, request.caFile.c_str());
    ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, onHeader);
    ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, onBody);
    ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    ::curl_easy_setopt(curl, CURLOPT_PRIVATE, this);
}

void HookSender::startLibrary() {
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
}

HookSender::HookSender() : handles_(std::make_unique<Handles>()) {
    ::curl_multi_setopt(handles_->multi, CURLMOPT_MAXCONNECTS, kKeptConnections);
}

HookSender::~HookSender() {
    for (const auto &transfer : handles_->transfers)
        ::curl_multi_remove_handle(handles_->multi, transfer->curl);
    handles_->transfers.clear();
    ::curl_multi_cleanup(handles_->multi);
}

void HookSender::start(const HookRequest &request, Ended ended) {
    auto transfer = std::make_unique<Transfer>(request, std::move(ended));
    transfer->prepare();
    ::curl_multi_add_handle(handles_->multi, transfer->curl);
    handles_->transfers.push_back(std::move(transfer));
}

void HookSender::wait(std::vector<pollfd> &others, int milliseconds) {
    int running = 0;
    std::vector<curl_waitfd> fds;
    for (const pollfd &other : others) // the two libraries use the same bits
        fds.push_back({other.fd, other.events, 0});
    ::curl_multi_perform(handles_->multi, &running);
    if (!finish())
        ::curl_multi_poll(handles_->multi, fds.data(), static_cast<unsigned>(fds.size()),
                          milliseconds, nullptr);
    for (std::size_t i = 0; i < fds.size(); i++)
        others[i].revents = fds[i].revents;
    ::curl_multi_perform(handles_->multi, &running);
    finish();
}

/// Calls back for the transfers that ended. A callback may start others.
bool HookSender::finish() {
    bool hasEnded = false;
    int left = 0;
    while (const CURLMsg *message = ::curl_multi_info_read(handles_->multi, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *curl = message->easy_handle;
        const CURLcode code = message->data.result;
        ::curl_multi_remove_handle(handles_->multi, curl);
        const auto found = std::find_if(handles_->transfers.begin(), handles_->transfers.end(),
                                        [&](const auto &one) { return one->curl == curl; });
        const std::unique_ptr<Transfer> transfer = std::move(*found);
        handles_->transfers.erase(found);
        transfer->ended(transfer->end(code));
        hasEnded = true;
    }
    return hasEnded;
}

std::size_t HookSender::underWay() const {
    return handles_->transfers.size();
}

} // namespace pregon
