// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace pregon {

using HttpHandler = std::function<HttpResponse(const HttpRequest &)>;

/// A request that was read, with the connection that its answer goes to. One thread at a time.
class FcgiRequest {
  public:
    FcgiRequest();
    ~FcgiRequest(); ///< closes the connection if it was not answered
    FcgiRequest(const FcgiRequest &) = delete;
    FcgiRequest &operator=(const FcgiRequest &) = delete;

    HttpRequest http;
    int connection() const { return connection_; }
    /// False: its body is too large or did not come, or there was no room to wait for it; that is
    /// all that can be answered.
    bool isWhole() const { return body_ == Body::Read; }

  private:
    friend class FcgiAdapter;
    enum class Body { Read, TooLarge, Incomplete, NoRoom };
    struct Library;
    std::unique_ptr<Library> library_;
    int connection_ = -1;
    Body body_ = Body::Read;
};

/// FCGX_Request <-> HttpRequest, HttpResponse. The only file that includes fcgiapp.h. Any thread.
class FcgiAdapter {
  public:
    /// Once in the process, before the first adapter: the library's own start is not thread-safe.
    static void startLibrary();

    /// `maxBodySize` in bytes; a larger body is not read.
    explicit FcgiAdapter(std::size_t maxBodySize) : maxBodySize_(maxBodySize) {}

    /// Reads a request from a connection that we accepted and in which a whole one has come; null:
    /// the descriptor is gone.
    std::unique_ptr<FcgiRequest> receive(int connection) const;
    /// The same where what has come was read already: `bytes`. `wasCut`: no more was waited for.
    std::unique_ptr<FcgiRequest> receive(int connection, std::string_view bytes, bool wasCut) const;

    enum class Outcome { Kept, Closed };
    /// Answers it, once: with what `handler` says, or with 413, 400 or 503 if it is not whole.
    /// Kept: the web server wants to send further requests on the connection and the descriptor is
    /// the caller's again. Closed: the descriptor is gone.
    static Outcome answer(FcgiRequest &request, const HttpHandler &handler);

  private:
    bool read(FcgiRequest &request) const;
    static HttpResponse refusal(const FcgiRequest &request);
    static FcgiRequest::Body readBody(FcgiRequest &request, std::size_t maximum);

    std::size_t maxBodySize_;
};

} // namespace pregon
