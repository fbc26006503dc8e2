// SPDX-License-Identifier: MIT
#include "tests/bench/http_connection.h"

#include <array>
#include <cctype>
#include <charconv>

namespace pregon::bench {

void HttpConnection::post(const std::string &target, const std::string &type,
                          const std::string &body) {
    const std::string request =
        "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type +
        "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    if (!fd_.isOpen())
        fd_ = connectTo(address_);
    orFail(sendAll(fd_.get(), request, Clock::now() + kPatience));
    awaitAnswer();
}

void HttpConnection::awaitAnswer() {
    constexpr std::string_view kLength = "\r\ncontent-length:", kClose = "\r\nconnection: close";
    bool isKept = true;
    std::array<char, 4096> buffer;
    received_.clear();
    for (std::size_t whole = 0; whole == 0 || received_.size() < whole;) {
        const std::size_t size =
            orFail(receiveSome(fd_.get(), buffer.data(), buffer.size(), Clock::now() + kPatience));
        received_.append(buffer.data(), size);
        const std::size_t end = received_.find("\r\n\r\n");
        if (size == 0 || received_.size() > 1 << 16)
            fail("no whole answer to a publisher: " + received_);
        if (end == std::string::npos || whole > 0)
            continue;
        std::string head = received_.substr(0, end);
        for (char &c : head)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        std::size_t at = head.find(kLength), length = 0;
        if (!head.starts_with("http/1.1 20") || at == std::string::npos)
            fail("a publisher is answered " + received_);
        at = head.find_first_not_of(' ', at + kLength.size());
        std::from_chars(head.data() + at, head.data() + head.size(), length);
        whole = end + 4 + length;
        isKept = head.find(kClose) == std::string::npos;
    }
    if (!isKept)
        fd_.reset();
}

} // namespace pregon::bench
