// SPDX-License-Identifier: MIT
#include "tests/bench/server.h"

#include "shared/ipc/worker_client.h"
#include "shared/json/json_scan.h"
#include "shared/protocol/hmac_signer.h"

#include <filesystem>
#include <netinet/in.h>

namespace pregon::bench {
namespace {

class WorkerPublisher : public Publisher {
  public:
    WorkerPublisher(std::string appId, const std::string &ipcSocket)
        : appId_(std::move(appId)), worker_(ipcSocket, kPatience) {}

    void publish(const Event &event, std::size_t count) override {
        PublishMessage message;
        message.appId = appId_;
        message.eventJson = jsonText(kEventName);
        message.dataJson = jsonText(event.data);
        message.channels = {event.channel};
        orFail(worker_.publishAll(std::vector<PublishMessage>(count, message)));
    }

  private:
    std::string appId_;
    WorkerClient worker_;
};

} // namespace

std::string jsonText(std::string_view text) {
    std::string json;
    appendJsonString(json, text);
    return json;
}

std::string messageOf(const Event &event) {
    return R"({"event":)" + jsonText(kEventName) + R"(,"data":)" + jsonText(event.data) +
           R"(,"channel":)" + jsonText(event.channel) + "}";
}

Server::Server(std::string itsName, const Options &options)
    : name(std::move(itsName)), folder([&] {
          static std::size_t count = 0;
          const std::string path = options.folder + "/" + std::to_string(++count);
          std::filesystem::create_directory(path);
          return path;
      }()),
      secret(randomText(48, "0123456789abcdef")) {}

Pregon::Pregon(std::string itsName, const Options &options, const Settings &settings,
               Transport transport)
    : Server(std::move(itsName), options), ipcSocket_(folder + "/worker.sock") {
    address = orFail(parseListenAddress(transport == Transport::Unix ? "unix:" + folder + "/ws.sock"
                                                                     : "127.0.0.1:" + freePort()));
    Settings all{{"REVERB_APP_ID", appId},
                 {"REVERB_APP_KEY", key},
                 {"REVERB_APP_SECRET", secret},
                 {"REVERB_APP_PING_INTERVAL", "3600"},
                 {"REVERB_APP_MAX_MESSAGE_SIZE", "65536"},
                 {"PREGON_MAX_QUEUED_BYTES", "67108864"},
                 {"PREGON_WS_LISTEN", address.text()},
                 {"PREGON_IPC_SOCKET", ipcSocket_},
                 {"PREGON_LOG_LEVEL", "notice"}};
    for (const auto &[setting, value] : settings)
        all[setting] = value;
    std::string text;
    for (const auto &[setting, value] : all)
        text += setting + "=" + value + "\n";
    writePrivateFile(folder + "/pregon.env", text);
    process =
        std::make_unique<Process>(std::vector<std::string>{options.build + "/pregon-worker",
                                                           "--config", folder + "/pregon.env"},
                                  folder + "/log");
    process->awaitLog("worker ready");
}

std::unique_ptr<Publisher> Pregon::publisher() const {
    return std::make_unique<WorkerPublisher>(appId, ipcSocket_);
}

std::string freePort() {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (::bind(fd.get(), generic, size) != 0 || ::getsockname(fd.get(), generic, &size) != 0)
        fail("no free port");
    return std::to_string(ntohs(address.sin_port));
}

Redis::Redis(const Options &options)
    : port(freePort()), process({"redis-server", "--port", port, "--bind", "127.0.0.1", "--save",
                                 "", "--appendonly", "no", "--dir", options.folder},
                                options.folder + "/redis.log") {
    process.awaitLog("Ready to accept connections");
}

} // namespace pregon::bench
