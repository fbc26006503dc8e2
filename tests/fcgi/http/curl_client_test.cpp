// SPDX-License-Identifier: MIT
#include "fcgi/http/curl_client.h"

#include "shared/unix_socket.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

/// Takes one connection on loopback, answers its first request with this text and closes.
class OneAnswer {
  public:
    explicit OneAnswer(std::string text) : text_(std::move(text)) {
        listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto *raw = reinterpret_cast<sockaddr *>(&address);
        (void)::bind(listener_.get(), raw, size);
        (void)::listen(listener_.get(), 1);
        (void)::getsockname(listener_.get(), raw, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~OneAnswer() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    /// Only once the answer has come.
    const std::string &request() const { return request_; }

  private:
    void serve() {
        const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        char buffer[4096];
        while (connection.get() >= 0 && request_.find("\r\n\r\n") == std::string::npos) {
            const auto got = ::read(connection.get(), buffer, sizeof buffer);
            if (got <= 0)
                return;
            request_.append(buffer, static_cast<std::size_t>(got));
        }
        for (std::size_t at = 0; at < text_.size();) {
            const auto sent =
                ::send(connection.get(), text_.data() + at, text_.size() - at, MSG_NOSIGNAL);
            if (sent <= 0)
                return;
            at += static_cast<std::size_t>(sent);
        }
    }

    std::string text_;
    std::string request_;
    UniqueFd listener_;
    int port_ = 0;
    std::thread thread_;
};

} // namespace

TEST_GROUP(CurlClient) {
    OutgoingRequest request;

    void setup() override {
        request.method = "GET";
        request.timeout = std::chrono::seconds(20);
        request.maxAnswer = 10;
    }
    /// `200 text/x ok [a=1]`, or the error's code.
    std::string send(const std::string &url) {
        request.url = url;
        const auto answer = CurlClient().send(request);
        if (!answer)
            return answer.error().code == Errc::TooLarge ? "too large" : "unavailable";
        std::string text =
            std::to_string(answer->status) + " " + answer->contentType + " " + answer->body;
        for (const auto &[name, value] : answer->headers)
            text += " [" + name + "=" + value + "]";
        return text;
    }
    std::string sendTo(const std::string &answer) {
        const OneAnswer server(answer);
        return send(server.url());
    }
};

TEST(CurlClient, ReadsAnAnswerWithItsHeaders) {
    STRCMP_EQUAL("418 text/x ok [connection=close] [x-a=b: c] [x-a=d]",
                 sendTo("HTTP/1.1 418 I\r\nContent-Type: text/x\r\nConnection: close\r\n"
                        "X-A: b: c\r\nx-a:d\r\n\r\nok")
                     .c_str());
    STRCMP_EQUAL("200  ok [a=1]", sendTo("HTTP/1.1 100 Continue\r\nb: 2\r\n\r\n"
                                         "HTTP/1.0 200 OK\r\na: 1\r\n\r\nok")
                                      .c_str());
}

TEST(CurlClient, FollowsNoRedirect) {
    STRCMP_EQUAL("302   [location=http://127.0.0.1:1/] [content-length=0]",
                 sendTo("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                        "Content-Length: 0\r\n\r\n")
                     .c_str());
}

TEST(CurlClient, TakesNoMoreThanItMay) {
    STRCMP_EQUAL("200  0123456789", sendTo("HTTP/1.0 200 OK\r\n\r\n0123456789").c_str());
    STRCMP_EQUAL("too large", sendTo("HTTP/1.0 200 OK\r\n\r\n0123456789a").c_str());
    const std::string line = "a: " + std::string(1000, 'x') + "\r\n";
    std::string head = "HTTP/1.0 200 OK\r\n";
    for (int i = 0; i < 66; i++)
        head += line;
    STRCMP_EQUAL("too large", sendTo(head + "\r\n").c_str());
}

TEST(CurlClient, SaysThatNobodyAnswers) {
    STRCMP_EQUAL("unavailable", sendTo("nonsense\r\n\r\n").c_str());
    STRCMP_EQUAL("unavailable", sendTo("").c_str());
    STRCMP_EQUAL("unavailable", send("http://127.0.0.1:1/").c_str());
    STRCMP_EQUAL("unavailable", send("file:///etc/passwd").c_str());
}

TEST(CurlClient, SendsWhatItIsGivenAndNothingElseToNoProxy) {
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    request.method = "POST";
    request.body = "a=1";
    request.headers = {{"Host", "shop.example"}, {"X-Empty", ""}};
    const OneAnswer server("HTTP/1.0 200 OK\r\n\r\nok");
    const std::string answer = send(server.url());
    ::unsetenv("http_proxy");

    STRCMP_EQUAL("200  ok", answer.c_str());
    STRCMP_EQUAL(
        "POST / HTTP/1.1\r\nHost: shop.example\r\nX-Empty:\r\nContent-Length: 3\r\n\r\na=1",
        server.request().c_str());
}
