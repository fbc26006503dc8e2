// SPDX-License-Identifier: MIT
#include "tests/bench/peer_servers.h"

#include "shared/protocol/hmac_signer.h"
#include "tests/bench/http_connection.h"

#include <ctime>
#include <filesystem>
#include <fstream>

namespace pregon::bench {
namespace {

/// An application's request of the event API, signed.
class EventApiPublisher : public Publisher {
  public:
    explicit EventApiPublisher(const Server &server) : server_(server), http_(server.address) {}

    void publish(const Event &event, std::size_t count) override {
        const std::string body = R"({"name":)" + jsonText(kEventName) + R"(,"channel":)" +
                                 jsonText(event.channel) + R"(,"data":)" + jsonText(event.data) +
                                 "}";
        const std::string path = "/apps/" + server_.appId + "/events";
        const std::string query = "auth_key=" + server_.key +
                                  "&auth_timestamp=" + std::to_string(std::time(nullptr)) +
                                  "&auth_version=1.0&body_md5=" + md5Hex(body);
        const std::string signature =
            HmacSigner(server_.secret).sign("POST\n" + path + "\n" + query);
        for (; count > 0; count--)
            http_.post(path + "?" + query + "&auth_signature=" + signature, "application/json",
                       body);
    }

  private:
    const Server &server_;
    HttpConnection http_;
};

/// The message as the request's body: nchan passes it on as it is.
class RawPublisher : public Publisher {
  public:
    explicit RawPublisher(const Server &server) : http_(server.address) {}
    void publish(const Event &event, std::size_t count) override {
        for (; count > 0; count--)
            http_.post("/publish?channel=" + event.channel, "text/plain", messageOf(event));
    }

  private:
    HttpConnection http_;
};

} // namespace

std::string Soketi::program(const Options &options) {
    const std::string path = options.peers + "/node_modules/@soketi/soketi/bin/server.js";
    return std::filesystem::exists(path) ? path : "";
}

Soketi::Soketi(const Options &options) : Server("Soketi", options) {
    address = orFail(parseListenAddress("127.0.0.1:" + freePort()));
    writePrivateFile(
        folder + "/soketi.json",
        R"({"host":"127.0.0.1","port":)" + address.port + R"(,"metrics.enabled":false,)" +
            R"("metrics.host":"127.0.0.1","metrics.port":)" + freePort() +
            R"(,"appManager.array.apps":[{"id":)" + jsonText(appId) + R"(,"key":)" + jsonText(key) +
            R"(,"secret":)" + jsonText(secret) +
            R"(,"enabled":true,"maxConnections":-1,"maxBackendEventsPerSecond":-1,)"
            R"("maxClientEventsPerSecond":-1,"maxReadRequestsPerSecond":-1,"webhooks":[]}]})");
    process =
        std::make_unique<Process>(std::vector<std::string>{"node", program(options), "start",
                                                           "--config=" + folder + "/soketi.json"},
                                  folder + "/log");
    process->awaitLog("Server is up");
}

std::unique_ptr<Publisher> Soketi::publisher() const {
    return std::make_unique<EventApiPublisher>(*this);
}

bool Nchan::isInstalled(const Options &options) {
    return std::filesystem::exists(options.nchanModule);
}

Nchan::Nchan(const Options &options) : Server("nchan", options) {
    address = orFail(parseListenAddress("127.0.0.1:" + freePort()));
    std::ofstream(folder + "/nginx.conf")
        << "load_module " << options.nchanModule << ";\n"
        << "daemon off;\nmaster_process off;\nworker_rlimit_nofile 20000;\n"
        << "pid " << folder << "/nginx.pid;\nerror_log " << folder << "/log notice;\n"
        << "events { worker_connections 19000; }\n"
        << "http {\n  access_log off;\n  keepalive_requests 100000000;\n"
        << "  nchan_shared_memory_size 256M;\n  server {\n"
        << "    listen 127.0.0.1:" << address.port << " backlog=4096;\n"
        << "    location = /subscribe { nchan_subscriber websocket; nchan_channel_id "
           "$arg_channel;\n"
        << "      nchan_subscriber_first_message newest; nchan_websocket_ping_interval 0; }\n"
        << "    location = /publish { nchan_publisher http; nchan_channel_id $arg_channel;\n"
        << "      nchan_message_buffer_length 0; }\n  }\n}\n";
    process = std::make_unique<Process>(
        std::vector<std::string>{"nginx", "-p", folder, "-c", folder + "/nginx.conf"},
        folder + "/log");
    process->awaitLog("using the");
    HttpConnection(address).post("/publish?channel=first", "text/plain", "it answers");
}

std::unique_ptr<Publisher> Nchan::publisher() const {
    return std::make_unique<RawPublisher>(*this);
}

} // namespace pregon::bench
