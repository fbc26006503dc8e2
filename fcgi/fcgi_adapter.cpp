#include "fcgi/fcgi_adapter.h"

#include "fcgi/error_responses.h"
#include "shared/log.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fcgiapp.h>
#include <optional>
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

enum class Body { Read, TooLarge, Incomplete };

constexpr std::chrono::seconds kBodyPatience{
    30}; // for the whole of it; each read has its own limit
/// For everything that an answer waits for: less than a web server waits (30 s in the shipped
/// files).
constexpr std::chrono::seconds kAnswerPatience{20};

Body readBody(const FCGX_Request &fcgi, std::size_t maximum, std::string &body) {
    const auto announced = announcedLength(fcgi);
    if (announced && *announced > maximum)
        return Body::TooLarge;
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
        return Body::Incomplete;
    return body.size() > maximum ? Body::TooLarge : Body::Read;
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
    std::string head =
        "Status: " + std::to_string(response.status) + " " + reasonPhrase(response.status) + "\r\n";
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

struct FcgiAdapter::Request {
    FCGX_Request fcgi{};
};

void FcgiAdapter::startLibrary() {
    FCGX_Init();
}

FcgiAdapter::FcgiAdapter(std::size_t maxBodySize)
    : request_(std::make_unique<Request>()), maxBodySize_(maxBodySize) {
    FCGX_InitRequest(&request_->fcgi, -1, FCGI_FAIL_ACCEPT_ON_INTR);
}

FcgiAdapter::~FcgiAdapter() = default;

FcgiAdapter::Outcome FcgiAdapter::serve(int connection, const HttpHandler &handler) {
    FCGX_Request &fcgi = request_->fcgi;
    fcgi.ipcFd = connection;
    fcgi.keepConnection = 1; // else the library closes it first and accepts on its own
    if (FCGX_Accept_r(&fcgi) != 0)
        return Outcome::Closed; // the peer has gone, or spoke nonsense; the library closed it
    HttpRequest request = readHead(fcgi);
    const bool withBody = request.method != "HEAD";
    const Body body = readBody(fcgi, maxBodySize_, request.body);
    if (body != Body::Read || !isAtEnd(fcgi))
        fcgi.keepConnection = 0;
    request.until = std::chrono::steady_clock::now() + kAnswerPatience;
    switch (body) {
    case Body::Read:
        writeResponse(fcgi, handler(request), withBody);
        break;
    case Body::TooLarge:
        log(LogLevel::Info, "request refused", {{"path", request.path}, {"reason", "body size"}});
        writeResponse(fcgi, textResponse(413, "Payload too large."), withBody);
        break;
    case Body::Incomplete:
        log(LogLevel::Info, "request refused",
            {{"path", request.path}, {"reason", "body incomplete"}});
        writeResponse(fcgi, textResponse(400, "Bad request."), withBody);
        break;
    }
    FCGX_Finish_r(&fcgi);
    const bool kept = fcgi.ipcFd >= 0;
    fcgi.ipcFd = -1;
    return kept ? Outcome::Kept : Outcome::Closed;
}

} // namespace pregon
