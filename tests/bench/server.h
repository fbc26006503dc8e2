// SPDX-License-Identifier: MIT
#pragma once

#include "shared/unix_socket.h"
#include "tests/bench/options.h"
#include "tests/bench/process.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace pregon::bench {

/// As a JSON string, with its quotes.
std::string jsonText(std::string_view text);

struct Event {
    std::string channel;
    std::string data; ///< as the application would publish it; no character that JSON escapes
};
inline constexpr const char *kEventName = "PaymentReceived";
/// As every server here sends it to its subscribers, but for the order of its members.
std::string messageOf(const Event &event);

/// One publisher's connection to a server. For one thread.
class Publisher {
  public:
    virtual ~Publisher() = default;
    /// Sends the event `count` times, by as few calls as the server allows; returns when all are
    /// acknowledged.
    virtual void publish(const Event &event, std::size_t count) = 0;
};

/// What is measured: a running server, and how it is spoken to. It ends with its object.
class Server {
  public:
    Server(std::string name, const Options &options);
    virtual ~Server() = default;
    virtual std::unique_ptr<Publisher> publisher() const = 0;
    /// Of a subscriber's HTTP request.
    virtual std::string upgradePath(const std::string & /*channel*/) const {
        return "/app/" + key + "?protocol=7";
    }
    /// False: the upgrade is all that a subscriber does, and nothing greets it.
    virtual bool greets() const { return true; }

    /// Nanoseconds so far.
    double cpu() const { return cpuOf(process->family()); }
    Memory memory() const { return memoryOf(process->family()); }

    const std::string name;
    const std::string folder; ///< of its own, made, below that of the run
    const std::string appId = "tienda";
    const std::string key = "bench-key";
    const std::string secret;
    ListenAddress address; ///< of the clients
    std::unique_ptr<Process> process;
};

/// pregon-worker alone; publishers use its own socket, as pregon-fcgi does.
class Pregon : public Server {
  public:
    enum class Transport { Unix, Tcp };
    using Settings = std::map<std::string, std::string>;

    /// `settings` are added to those of the bench, or replace them.
    Pregon(std::string name, const Options &options, const Settings &settings = {},
           Transport transport = Transport::Unix);
    std::unique_ptr<Publisher> publisher() const override;
    const std::string &ipcSocket() const { return ipcSocket_; }

  private:
    std::string ipcSocket_;
};

/// A Redis of the run's own.
struct Redis {
    explicit Redis(const Options &options);
    double cpu() const { return cpuOf(process.family()); }
    /// Of a worker that is one of several over it.
    Pregon::Settings settings() const {
        return {{"REVERB_SCALING_ENABLED", "true"}, {"REDIS_PORT", port}};
    }

    std::string port;
    Process process;
};

/// A TCP port of 127.0.0.1 that was free a moment ago.
std::string freePort();

} // namespace pregon::bench
