// SPDX-License-Identifier: MIT

// What `make bench` compares pregon-fcgi with: libfcgi alone, a body read, one HMAC, a short
// answer.
//
//   bare_responder SOCKET THREADS
//
// THREADS must exceed the connections that the web server keeps: with libfcgi's own accept a thread
// belongs to its connection until that closes.

#include "shared/protocol/hmac_signer.h"

#include <cstdlib>
#include <fcgiapp.h>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr int kBacklog = 511;
constexpr std::size_t kDigits = 59; // 70 bytes of JSON, close to those of an auth answer

std::string readAll(FCGX_Stream *in) {
    std::string body;
    char buffer[4096];
    for (int got = 0; (got = FCGX_GetStr(buffer, sizeof buffer, in)) > 0;)
        body.append(buffer, static_cast<std::size_t>(got));
    return body;
}

void serve(int listener, const pregon::HmacSigner &signer) {
    FCGX_Request request{};
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const std::string digest = signer.sign(readAll(request.in));
        const std::string json = "{\"auth\":\"" + digest.substr(0, kDigits) + "\"}";
        const std::string answer =
            "Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
            std::to_string(json.size()) + "\r\n\r\n" + json;
        FCGX_PutStr(answer.data(), static_cast<int>(answer.size()), request.out);
        FCGX_Finish_r(&request);
    }
}

} // namespace

int main(int count, char **arguments) {
    const int threads = count == 3 ? std::atoi(arguments[2]) : 0;
    if (threads < 1) {
        std::cerr << "usage: bare_responder SOCKET THREADS\n";
        return 2;
    }
    FCGX_Init();
    const int listener = FCGX_OpenSocket(arguments[1], kBacklog);
    if (listener < 0) {
        std::cerr << "bare_responder: cannot listen on " << arguments[1] << '\n';
        return 1;
    }
    const pregon::HmacSigner signer("a secret of the benchmark");
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; i++)
        workers.emplace_back([&] { serve(listener, signer); });
    for (std::thread &worker : workers)
        worker.join();
    return 0;
}
