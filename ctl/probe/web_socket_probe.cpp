// SPDX-License-Identifier: MIT
#include "ctl/probe/web_socket_probe.h"

#include "shared/protocol/hmac_signer.h"

#include <array>

namespace pregon {
namespace {

constexpr std::size_t kMaxHead = 1 << 16;
constexpr std::size_t kMaxMessage = 1 << 20;

/// 16 random bytes in base64, of which the last character carries two bits only.
std::string randomKey() {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return randomText(21, kAlphabet) + "A==";
}

} // namespace

Result<ResponseHead> WebSocketProbe::upgrade(const SiteUrl &site, const std::string &path,
                                             const std::string &origin,
                                             std::chrono::steady_clock::time_point until) {
    const std::string key = randomKey();
    const auto asked = connection_.send("GET " + path + " HTTP/1.1\r\nHost: " + site.authority() +
                                            "\r\nOrigin: " + origin +
                                            "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                                            key + "\r\n\r\n",
                                        until);
    if (!asked)
        return tl::unexpected<Error>(asked.error());
    std::string received;
    std::array<char, 4096> buffer{};
    while (responseHeadLength(received) == 0) {
        const auto count = connection_.receive(buffer.data(), buffer.size(), until);
        if (!count)
            return tl::unexpected<Error>(count.error());
        if (*count == 0 || received.size() > kMaxHead)
            return failure(Errc::BadRequest, "the connection was closed without an HTTP answer");
        received.append(buffer.data(), *count);
    }
    const std::size_t length = responseHeadLength(received);
    const auto head = parseResponseHead(std::string_view(received).substr(0, length));
    if (!head)
        return failure(Errc::BadRequest, "the answer is no HTTP");
    if (head->status != 101)
        return *head;
    if (head->header("sec-websocket-accept") != webSocketAccept(key))
        return failure(Errc::BadRequest, "Sec-WebSocket-Accept does not answer our key");
    if (const auto decoded = decode(received.substr(length)); !decoded)
        return tl::unexpected<Error>(decoded.error());
    return *head;
}

Result<Done> WebSocketProbe::send(std::string_view text,
                                  std::chrono::steady_clock::time_point until) {
    return connection_.send(maskedFrame(textFrame(text)), until);
}

Result<std::optional<std::string>> WebSocketProbe::next(
    std::chrono::steady_clock::time_point until) {
    std::array<char, 16384> buffer{};
    while (messages_.empty()) {
        if (!ending_.empty())
            return failure(Errc::Unavailable, ending_);
        if (std::chrono::steady_clock::now() >= until)
            return std::optional<std::string>();
        const auto count = connection_.receive(buffer.data(), buffer.size(), until);
        if (!count) {
            if (std::chrono::steady_clock::now() < until)
                ending_ = count.error().reason;
            continue;
        }
        if (*count == 0)
            ending_ = "closed without a Close frame";
        if (const auto decoded = decode({buffer.data(), *count}); !decoded)
            return tl::unexpected<Error>(decoded.error());
        if (!toSend_.empty())
            if (const auto sent = connection_.send(std::exchange(toSend_, {}), until); !sent)
                return tl::unexpected<Error>(sent.error());
    }
    std::optional<std::string> message = std::move(messages_.front());
    messages_.pop_front();
    return message;
}

Result<Done> WebSocketProbe::decode(std::string bytes) {
    if (const auto broken = decoder_.feed(bytes, kMaxMessage, *this))
        return failure(Errc::BadRequest, "not the WebSocket protocol: " + broken->text);
    return Done{};
}

void WebSocketProbe::onMessage(std::string_view payload, bool) {
    messages_.emplace_back(payload);
}

void WebSocketProbe::onPing(std::string_view payload) {
    toSend_ += maskedFrame(pongFrame(payload));
}

void WebSocketProbe::onClose(std::uint16_t code, std::string_view reason) {
    ending_ = "closed with code " + std::to_string(code);
    if (!reason.empty())
        ending_ += ", " + std::string(reason);
}

} // namespace pregon
