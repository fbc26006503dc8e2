// SPDX-License-Identifier: MIT
#include "fcgi/http/fcgi_adapter.h"

#include "fcgi/http/error_responses.h"
#include "shared/log/log.h"
#include "shared/protocol/own_header.h"
#include "shared/unix_socket.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fcgiapp.h>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>

namespace pregon {
namespace {

std::string_view parameter(const FCGX_Request &request, const char *name) {
    const char *value = FCGX_GetParam(name, request.envp);
    return value != nullptr ? std::string_view(value) : std::string_view();
}

HttpRequest readHead(const FCGX_Request &fcgi) {
    HttpRequest request;
    request.method = parameter(fcgi, "REQUEST_METHOD");
    // REQUEST_URI is the only form that no web server has decoded or normalised.
    const std::string_view uri = parameter(fcgi, "REQUEST_URI");
    const std::size_t question = std::min(uri.find('?'), uri.size());
    request.path = uri.substr(0, question);
    request.query = uri.substr(std::min(question + 1, uri.size()));
    request.contentType = parameter(fcgi, "CONTENT_TYPE");
    request.clientAddress = parameter(fcgi, "REMOTE_ADDR");
    request.scheme = parameter(fcgi, "HTTPS") == "on" ? "https" : "http";
    for (char **entry = fcgi.envp; *entry != nullptr; entry++) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (text.starts_with("HTTP_") && equals != std::string_view::npos)
            request.headers.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
    return request;
}

/// CONTENT_LENGTH, or as much as may come where there is none (chunked bodies behind Caddy).
std::optional<std::size_t> announcedLength(const FCGX_Request &fcgi) {
    const std::string_view text = parameter(fcgi, "CONTENT_LENGTH");
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return length;
}

constexpr std::chrono::seconds kBodyPatience{30}; // each read has its own limit too
/// For everything that an answer waits for: less than a web server waits (30 s in the shipped
/// files).
constexpr std::chrono::seconds kAnswerPatience{20};

/// A file in memory that is read from its beginning; not open: no memory.
UniqueFd fileOf(std::string_view bytes) {
    UniqueFd file(::memfd_create("request", MFD_CLOEXEC));
    while (file.isOpen() && !bytes.empty()) {
        const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
        if (written <= 0)
            return {};
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

/// Takes the end of the stream, which may still be under way behind the last byte of the body.
/// False if there was more: then the connection must not be kept, since what is left in it would be
/// taken for the next request.
bool isAtEnd(const FCGX_Request &fcgi) {
    char extra = 0;
    return FCGX_GetStr(&extra, 1, fcgi.in) <= 0 && FCGX_GetError(fcgi.in) == 0;
}

/// For the status line; a code that is not listed goes without words.
const char *reasonPhrase(int status) {
    constexpr std::pair<int, const char *> kPhrases[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {413, "Content Too Large"},
        {419, "Page Expired"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
    };
    for (const auto &[code, phrase] : kPhrases)
        if (code == status)
            return phrase;
    return "";
}

void writeResponse(const FCGX_Request &fcgi, const HttpResponse &response, bool withBody) {
    std::string head = "Status: " + std::to_string(response.status) + " " +
                       reasonPhrase(response.status) + "\r\n" + ownHeaderLine(kFromResponder);
    if (response.status != 204) // which has no body
        head += "Content-Type: " + response.contentType +
                "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n";
    for (const auto &[name, value] : response.headers)
        head += name + ": " + value + "\r\n";
    head += "\r\n";
    FCGX_PutStr(head.data(), static_cast<int>(head.size()), fcgi.out);
    if (withBody && response.status != 204)
        FCGX_PutStr(response.body.data(), static_cast<int>(response.body.size()), fcgi.out);
}

} // namespace

struct FcgiRequest::Library {
    FCGX_Request fcgi{};
};

FcgiRequest::FcgiRequest() : library_(std::make_unique<Library>()) {
    FCGX_InitRequest(&library_->fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR);
}

FcgiRequest::~FcgiRequest() {
    FCGX_Free(&library_->fcgi, 1);
}

void FcgiAdapter::startLibrary() {
    FCGX_Init();
}

FcgiRequest::Body FcgiAdapter::readBody(FcgiRequest &request, std::size_t maximum) {
    const FCGX_Request &fcgi = request.library_->fcgi;
    std::string &body = request.http.body;
    const auto announced = announcedLength(fcgi);
    if (announced && *announced > maximum)
        return FcgiRequest::Body::TooLarge;
    const auto until = std::chrono::steady_clock::now() + kBodyPatience;
    const std::size_t wanted = announced.value_or(maximum + 1);
    char buffer[16384];
    while (body.size() < wanted && std::chrono::steady_clock::now() < until) {
        const auto room = std::min(sizeof buffer, wanted - body.size());
        const int got = FCGX_GetStr(buffer, static_cast<int>(room), fcgi.in);
        if (got <= 0)
            break;
        body.append(buffer, static_cast<std::size_t>(got));
    }
    if (FCGX_GetError(fcgi.in) != 0 || (announced && body.size() < *announced))
        return FcgiRequest::Body::Incomplete;
    return body.size() > maximum ? FcgiRequest::Body::TooLarge : FcgiRequest::Body::Read;
}

std::unique_ptr<FcgiRequest> FcgiAdapter::receive(int connection) const {
    auto request = std::make_unique<FcgiRequest>();
    request->connection_ = request->library_->fcgi.ipcFd = connection;
    return read(*request) ? std::move(request) : nullptr;
}

/// The library reads from a descriptor only, and writes to the one that stands there by then.
std::unique_ptr<FcgiRequest> FcgiAdapter::receive(int connection, std::string_view bytes,
                                                  bool wasCut) const {
    auto request = std::make_unique<FcgiRequest>();
    FCGX_Request &fcgi = request->library_->fcgi;
    request->connection_ = connection;
    UniqueFd file = fileOf(bytes);
    fcgi.ipcFd = file.get();
    if (!file.isOpen() || !read(*request)) {
        file.release(); // the library closed it
        ::close(connection);
        return nullptr;
    }
    fcgi.ipcFd = connection;
    if (wasCut && request->body_ == FcgiRequest::Body::Incomplete)
        request->body_ = FcgiRequest::Body::NoRoom;
    return request;
}

/// False: the peer has gone, or spoke nonsense; the library closed what it read from.
bool FcgiAdapter::read(FcgiRequest &request) const {
    FCGX_Request &fcgi = request.library_->fcgi;
    fcgi.keepConnection = 1; // else the library closes it first and accepts on its own
    if (FCGX_Accept_r(&fcgi) != 0)
        return false;
    request.http = readHead(fcgi);
    request.body_ = readBody(request, maxBodySize_);
    if (!request.isWhole() || !isAtEnd(fcgi))
        fcgi.keepConnection = 0;
    request.http.until = std::chrono::steady_clock::now() + kAnswerPatience;
    return true;
}

FcgiAdapter::Outcome FcgiAdapter::answer(FcgiRequest &request, const HttpHandler &handler) {
    FCGX_Request &fcgi = request.library_->fcgi;
    const bool withBody = request.http.method != "HEAD";
    writeResponse(fcgi, request.isWhole() ? handler(request.http) : refusal(request), withBody);
    FCGX_Finish_r(&fcgi);
    const bool kept = fcgi.ipcFd >= 0;
    fcgi.ipcFd = -1;
    return kept ? Outcome::Kept : Outcome::Closed;
}

HttpResponse FcgiAdapter::refusal(const FcgiRequest &request) {
    const auto refused = [&](std::string_view reason, HttpResponse response) {
        log(LogLevel::Info, "request refused", {{"path", request.http.path}, {"reason", reason}});
        return response;
    };
    switch (request.body_) {
    case FcgiRequest::Body::TooLarge:
        return refused("body size", textResponse(413, "Payload too large."));
    case FcgiRequest::Body::NoRoom:
        return refused("too many bodies are under way", unavailableResponse());
    case FcgiRequest::Body::Incomplete:
    case FcgiRequest::Body::Read:
        break;
    }
    return refused("body incomplete", textResponse(400, "Bad request."));
}

} // namespace pregon
