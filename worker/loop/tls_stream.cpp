// SPDX-License-Identifier: MIT
#include "worker/loop/tls_stream.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace pregon {
namespace {

class PlainStream final : public ByteStream {
  public:
    explicit PlainStream(int fd) : fd_(fd) {}

    Result<Moved> read(char *buffer, std::size_t size) override {
        const ssize_t got = ::recv(fd_, buffer, size, MSG_DONTWAIT);
        if (got == 0)
            return failure(Errc::Unavailable, "closed by the peer");
        return moved(got, Wait::Reading);
    }

    Result<Moved> write(std::string_view bytes) override {
        return moved(::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL),
                     Wait::Writing);
    }

  private:
    static Result<Moved> moved(ssize_t count, Wait wait) {
        if (count >= 0)
            return Moved{static_cast<std::size_t>(count), Wait::Nothing};
        if (errno == EAGAIN || errno == EINTR)
            return Moved{0, wait};
        return failure(Errc::Unavailable, std::strerror(errno));
    }

    int fd_;
};

struct Free {
    void operator()(SSL_CTX *context) const { SSL_CTX_free(context); }
    void operator()(SSL *ssl) const { SSL_free(ssl); }
};

std::string lastError() {
    char text[256] = "unknown";
    if (const unsigned long code = ERR_get_error(); code != 0)
        ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return text;
}

class TlsStream final : public ByteStream {
  public:
    TlsStream(std::unique_ptr<SSL_CTX, Free> context, std::unique_ptr<SSL, Free> ssl)
        : context_(std::move(context)), ssl_(std::move(ssl)) {}

    Result<Moved> read(char *buffer, std::size_t size) override {
        ERR_clear_error();
        std::size_t count = 0;
        const int done = SSL_read_ex(ssl_.get(), buffer, size, &count);
        return moved(done, count);
    }

    Result<Moved> write(std::string_view bytes) override {
        ERR_clear_error();
        std::size_t count = 0;
        const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
        return moved(done, count);
    }

  private:
    Result<Moved> moved(int done, std::size_t count) {
        if (done == 1)
            return Moved{count, Wait::Nothing};
        switch (SSL_get_error(ssl_.get(), done)) {
        case SSL_ERROR_WANT_READ:
            return Moved{0, Wait::Reading};
        case SSL_ERROR_WANT_WRITE:
            return Moved{0, Wait::Writing};
        case SSL_ERROR_ZERO_RETURN:
            return failure(Errc::Unavailable, "closed by the peer");
        default:
            break;
        }
        if (const long verified = SSL_get_verify_result(ssl_.get()); verified != X509_V_OK)
            return failure(Errc::Unavailable,
                           std::string("certificate: ") + X509_verify_cert_error_string(verified));
        return failure(Errc::Unavailable, "TLS: " + lastError());
    }

    std::unique_ptr<SSL_CTX, Free> context_;
    std::unique_ptr<SSL, Free> ssl_;
};

bool isAddress(const std::string &host) {
    unsigned char place[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, host.c_str(), place) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), place) == 1;
}

} // namespace

std::unique_ptr<ByteStream> plainStream(int fd) {
    return std::make_unique<PlainStream>(fd);
}

Result<std::unique_ptr<ByteStream>> tlsStream(int fd, const std::string &host,
                                              const std::string &caFile) {
    std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    const int trusted = caFile.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                       : SSL_CTX_load_verify_file(context.get(), caFile.c_str());
    if (trusted != 1)
        return failure(Errc::Unavailable, "authorities of TLS: " + lastError());
    std::unique_ptr<SSL, Free> ssl(SSL_new(context.get()));
    if (isAddress(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
    } else {
        SSL_set1_host(ssl.get(), host.c_str());
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char *>(host.c_str())); // the macro casts in the old style
    }
    SSL_set_fd(ssl.get(), fd);
    SSL_set_connect_state(ssl.get());
    return std::make_unique<TlsStream>(std::move(context), std::move(ssl));
}

} // namespace pregon
