// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace pregon {

/// Bytes over a connected, non-blocking socket, plain or through TLS. Borrows the socket. The only
/// file of the worker that includes OpenSSL's ssl.h is tls_stream.cpp.
class ByteStream {
  public:
    virtual ~ByteStream() = default;

    enum class Wait { Nothing, Reading, Writing }; ///< what the next call waits for
    struct Moved {
        std::size_t bytes = 0;
        Wait wait = Wait::Nothing; ///< Nothing: as much as was possible; try again
    };

    /// Unavailable: the peer has gone, or is not who it should be.
    virtual Result<Moved> read(char *buffer, std::size_t size) = 0;
    virtual Result<Moved> write(std::string_view bytes) = 0;
};

std::unique_ptr<ByteStream> plainStream(int fd);

/// TLS 1.2 or later as a client. The peer's certificate must be good for `host` (a name or an
/// address) by the authorities of `caFile`, or by the system's where that is empty.
Result<std::unique_ptr<ByteStream>> tlsStream(int fd, const std::string &host,
                                              const std::string &caFile);

} // namespace pregon
