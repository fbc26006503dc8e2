// SPDX-License-Identifier: MIT
#include "worker/clients/lws_client.h"

#include "shared/log/log.h"
#include "worker/clients/queue_relief.h"

#include <array>
#include <chrono>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace pregon {
namespace {

constexpr std::uint16_t kLost = 1006; // the code of an end without a Close frame

using Seconds = std::chrono::seconds;

bool cameOverTcp(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size);
    return address.ss_family != AF_UNIX;
}

/// libwebsockets' own lines: about single clients, so they are details.
void logOfLibrary(int, const char *line) {
    std::string_view text(line);
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    log(LogLevel::Debug, "libwebsockets", {{"message", text}});
}

} // namespace

struct LwsServer::Callbacks {
    // Called from C: nothing may be thrown through it. 0 keeps the socket, -1 closes it.
    static int onSocket(lws *wsi, lws_callback_reasons why, void *user, void *in,
                        std::size_t length) noexcept {
        auto *server = static_cast<LwsServer *>(lws_context_user(lws_get_context(wsi)));
        auto **place = static_cast<Client **>(user);
        switch (why) {
        case LWS_CALLBACK_RAW_ADOPT:
            server->adopted(wsi, place);
            return 0;
        case LWS_CALLBACK_RAW_RX:
            return server->received(**place, {static_cast<char *>(in), length}) ? 0 : -1;
        case LWS_CALLBACK_RAW_WRITEABLE:
            server->writable(**place);
            return 0;
        case LWS_CALLBACK_RAW_CLOSE:
            server->closed(*place);
            *place = nullptr;
            return 0;
        default:
            return 0;
        }
    }

    static constexpr const char *kName = "pusher";
    static const lws_protocols kProtocols[];
};

const lws_protocols LwsServer::Callbacks::kProtocols[] = {
    {kName, onSocket, sizeof(Client *), 0, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};

LwsServer::LwsServer(EventLoop &loop, const ClientCommands &commands, Liveness &liveness,
                     Reception &reception, const Drain &drain, Outbound &outbound,
                     WorkerFigures &figures, Limits limits, SendBatch::Way way)
    : loop_(loop), commands_(commands), liveness_(liveness), reception_(reception), drain_(drain),
      outbound_(outbound), figures_(figures), fanOut_(outbound, *this, way) {
    change(std::move(limits));
}

void LwsServer::change(Limits limits) {
    limits_ = std::move(limits);
    outbound_.maxQueuedBytes = limits_.maxQueuedBytes;
    outbound_.maxMemory = limits_.maxQueueMemory;
}

LwsServer::~LwsServer() {
    if (context_ == nullptr)
        return;
    isStopping_ = true;
    lws_context_destroy(context_); // closes every socket through the loop
    loop_.settle();
    lws_context_destroy(context_); // the second call ends what waited for that
}

Result<Done> LwsServer::start() {
    lws_set_log_level(LLL_ERR | LLL_WARN, logOfLibrary);
    static const lws_retry_bo_t kNoValidityTimers{}; // Liveness watches instead
    void *loops[] = {loop_.native()};
    lws_context_creation_info info{};
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = Callbacks::kProtocols;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = loops;
    info.user = this;
    info.retry_and_idle_policy = &kNoValidityTimers;
    info.vhost_name = "pregon";
    context_ = lws_create_context(&info);
    if (context_ == nullptr)
        return failure(Errc::Unavailable,
                       "libwebsockets does not start: is libwebsockets-evlib-uv installed?");
    vhost_ = lws_create_vhost(context_, &info);
    if (vhost_ == nullptr)
        return failure(Errc::Unavailable, "libwebsockets makes no vhost");
    return Done{};
}

void LwsServer::adopt(UniqueFd socket) {
    const int on = 1; // fails on a Unix-domain socket, where it is not needed
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (adoptedFrom(std::move(socket)) == nullptr)
        log(LogLevel::Warning, "ws adopt failed", {{"reason", "libwebsockets refused the socket"}});
}

/// Null if libwebsockets refuses it.
LwsServer::Client *LwsServer::adoptedFrom(UniqueFd socket) {
    lws_sock_file_fd_type fd{};
    fd.sockfd = socket.release();
    const lws *wsi =
        lws_adopt_descriptor_vhost(vhost_, LWS_ADOPT_SOCKET, fd, Callbacks::kName, nullptr);
    return wsi != nullptr && clients_.back()->wsi == wsi ? clients_.back() : nullptr;
}

void LwsServer::adopted(lws *wsi, Client **place) {
    *place = new Client(*this, wsi);
    (*place)->socket = lws_get_socket_fd(wsi);
    (*place)->place = clients_.size();
    clients_.push_back(*place);
    figures_.handshakes++;
    deadlines_.schedule(**place, limits_.handshakeTimeoutSeconds);
}

void LwsServer::tick() {
    reception_.tick();
    deadlines_.advance([this](TimerHook &hook) {
        auto &client = static_cast<Client &>(hook);
        if (client.connection == nullptr)
            log(LogLevel::Debug, "ws dropped", {{"reason", "no whole request in time"}});
        // A slow reader that the drain closes may read on until the drain's own deadline.
        else if (drain_.isOn() && client.connection->hasOutbound())
            return;
        end(client);
    });
}

bool LwsServer::received(Client &client, std::span<char> bytes) {
    if (client.closing.isOver())
        return false;
    if (client.closing.isDeaf())
        return true;
    if (client.connection == nullptr)
        receivedHead(client, bytes);
    else
        receivedFrames(client, bytes);
    flushIfDue();
    return true;
}

void LwsServer::receivedFrames(Client &client, std::span<char> bytes) {
    const Application *application = client.connection->application();
    constexpr std::size_t kRefusedMaximum = 10'000;
    const std::size_t maximum =
        application != nullptr ? static_cast<std::size_t>(application->settings().maxMessageSize)
                               : kRefusedMaximum;
    const bool hadClosed = client.connection->closing() != nullptr;
    if (const auto failed = client.decoder.feed(bytes, maximum, client)) {
        client.connection->close(failed->code, failed->text);
        client.closing.failed();
    }
    client.connection->holdUnfinished(client.decoder.memory());
    if (hadClosed && client.closing.peerHasClosed()) // the closing handshake is complete
        closeSoon(*client.connection);
}

std::string LwsServer::addressOf(const Client &client) {
    if (!cameOverTcp(client.socket))
        return "";
    std::array<char, 64> name{};
    lws_get_peer_simple(client.wsi, name.data(), name.size());
    return name.data();
}

void LwsServer::writable(Client &client) {
    if (client.connection != nullptr)
        fanOut_.writable(*client.connection);
}

void LwsServer::closed(Client *client) {
    if (client == nullptr)
        return;
    handshakeEnds(*client);
    if (client->ticket != 0) // another process has the socket too: closing it would not end it
        ::shutdown(client->socket, SHUT_RDWR);
    clients_.back()->place = client->place;
    clients_[client->place] = clients_.back();
    clients_.pop_back();
    if (client->connection != nullptr && client->connection->application() != nullptr) {
        if (client->closing.hasBegun())
            figures_.closing--;
        if (!isStopping_) // else nobody is left to be told who has gone
            reception_.leave(*client->connection);
        const CloseReason ending = endingOf(*client);
        const auto age = std::chrono::steady_clock::now() - client->connection->openedAt();
        log(LogLevel::Info, "ws closed",
            {{"socket", client->connection->socketId()},
             {"code", ending.code},
             {"reason", ending.text},
             {"seconds", std::chrono::duration_cast<Seconds>(age).count()}});
        if (client->connection->hasLeft)
            reception_.keep(std::move(client->connection));
    }
    delete client;
}

/// Whoever closed first, for the log.
CloseReason LwsServer::endingOf(const Client &client) const {
    if (const CloseReason *theirs = client.closing.theirs())
        return *theirs;
    if (const CloseReason *ours = client.connection->closing())
        return *ours;
    return {kLost, isStopping_ ? "worker stopping" : "connection lost"};
}

/// Tells the peer that everything has been said; see Closing.
void LwsServer::linger(Client &client, std::uint32_t seconds) {
    ::shutdown(client.socket, SHUT_WR);
    deadlines_.schedule(client, seconds);
}

/// Closes the socket once the loop comes round, which the shutdown makes it do: a timeout of
/// libwebsockets' own would wait for the next event of any socket, for long on an idle worker.
void LwsServer::end(Client &client) {
    client.closing.over();
    ::shutdown(client.socket, SHUT_RDWR);
}

void LwsServer::relieve() {
    std::vector<Connection *> connections;
    for (const Client *client : clients_)
        if (client->connection != nullptr)
            connections.push_back(client->connection.get());
    const std::size_t before = outbound_.memory();
    if (const std::size_t closed = closeFullest(connections, outbound_); closed > 0)
        log(LogLevel::Warning, "queues too large",
            {{"bytes", before}, {"limit", outbound_.maxMemory}, {"closed", closed}});
    fanOut_.flush();
}

void LwsServer::awaitWritable(Connection &connection) {
    lws_callback_on_writable(static_cast<WsConnection &>(connection).client.wsi);
}

void LwsServer::closeSoon(Connection &connection) {
    Client &client = static_cast<WsConnection &>(connection).client;
    if (client.closing.begin()) {
        if (connection.application() != nullptr)
            figures_.closing++;
        reception_.leave(connection);
        deadlines_.schedule(client, Closing::kCloseSeconds);
        if (connection.closing()->text == Connection::kSlowConsumer)
            figures_.slowConsumers++;
    }
    if (client.closing.lingers(connection.hasOutbound()))
        linger(client, Closing::kLingerSeconds);
}

} // namespace pregon
