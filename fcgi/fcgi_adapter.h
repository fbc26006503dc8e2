#pragma once

#include "fcgi/http_message.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace pregon {

using HttpHandler = std::function<HttpResponse(const HttpRequest &)>;

/// FCGX_Request <-> HttpRequest, HttpResponse. The only file that includes fcgiapp.h. One per
/// thread: holds the library's request structure.
class FcgiAdapter {
  public:
    /// Once in the process, before the first adapter: the library's own start is not thread-safe.
    static void startLibrary();

    /// `maxBodySize` in bytes; a larger body is answered with 413 and not handed on.
    explicit FcgiAdapter(std::size_t maxBodySize);
    ~FcgiAdapter();

    enum class Outcome { Kept, Closed };

    /// Serves one request on a connection that we accepted and that has something to read. Kept:
    /// the web server wants to send further requests on it and the descriptor is the caller's
    /// again. Closed: the descriptor is gone.
    Outcome serve(int connection, const HttpHandler &handler);

  private:
    struct Request;
    std::unique_ptr<Request> request_;
    std::size_t maxBodySize_;
};

} // namespace pregon
