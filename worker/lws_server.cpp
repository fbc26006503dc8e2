#include "worker/lws_client.h"

#include "shared/log.h"
#include "worker/membership.h"
#include "worker/sign_in.h"

#include <array>
#include <chrono>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kMaxHead = 16384;     // an application's cookies come along
constexpr std::uint32_t kLingerSeconds = 2; // for one that has got its HTTP answer
constexpr std::uint16_t kLost = 1006;       // the code of an end without a Close frame

using Seconds = std::chrono::seconds;

bool cameOverTcp(int socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size);
    return address.ss_family != AF_UNIX;
}

std::string peerAddress(lws *wsi) {
    std::array<char, 64> name{};
    lws_get_peer_simple(wsi, name.data(), name.size());
    return name.data();
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

LwsServer::LwsServer(EventLoop &loop, ApplicationRegistry &applications,
                     const ClientCommands &commands, Liveness &liveness, Admission &admission,
                     const Drain &drain, Outbound &outbound, WorkerFigures &figures, Limits limits,
                     SendBatch::Way way)
    : loop_(loop), applications_(applications), commands_(commands), liveness_(liveness),
      admission_(admission), drain_(drain), outbound_(outbound), figures_(figures),
      limits_(std::move(limits)), fanOut_(outbound, *this, way) {
    outbound_.maxQueuedBytes = limits_.maxQueuedBytes;
}

void LwsServer::change(Limits limits) {
    limits_ = std::move(limits);
    outbound_.maxQueuedBytes = limits_.maxQueuedBytes;
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
        log(LogLevel::Warning, "ws not taken", {{"reason", "libwebsockets refused the socket"}});
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
    if (client.isDeaf)
        return true;
    const bool isKept = client.connection == nullptr ? receivedHead(client, bytes)
                                                     : receivedFrames(client, bytes);
    flushIfDue();
    return isKept;
}

bool LwsServer::receivedHead(Client &client, std::span<char> bytes) {
    if (client.head == nullptr)
        client.head = std::make_unique<std::string>();
    const std::size_t known = client.head->size();
    client.head->append(bytes.data(), bytes.size());
    const std::size_t length = requestHeadLength(*client.head);
    if (length == 0 && client.head->size() <= kMaxHead)
        return true;
    handshakeEnds(client);
    if (length == 0 || length > kMaxHead) {
        answerAndEnd(client, refusalResponse(431, "Request Header Fields Too Large",
                                             "Request head too large."));
        return true;
    }
    const auto head = parseRequestHead(std::string_view(*client.head).substr(0, length));
    client.head.reset();
    if (!head) {
        answerAndEnd(client, refusalResponse(400, "Bad Request", "Bad request."));
        return true;
    }
    if (!isUpgrade(*head)) {
        refuseHttp(client, *head);
        return true;
    }
    open(client, *head);
    // Frames that came in the same segment, joined by a proxy, are handled after the greeting.
    return receivedFrames(client, bytes.subspan(length - known));
}

bool LwsServer::receivedFrames(Client &client, std::span<char> bytes) {
    const Application *application = client.connection->application();
    constexpr std::size_t kRefusedMaximum = 10'000;
    const std::size_t maximum =
        application != nullptr ? static_cast<std::size_t>(application->settings().maxMessageSize)
                               : kRefusedMaximum;
    const bool hadClosed = client.connection->closing() != nullptr;
    if (const auto failed = client.decoder.feed(bytes, maximum, client)) {
        client.connection->close(failed->code, failed->text);
        client.isDeaf = true;
    }
    // Ours was out and theirs has come: the closing handshake is complete.
    return !(hadClosed && client.peerHasClosed);
}

void LwsServer::handshakeEnds(Client &client) {
    if (std::exchange(client.isHandshaking, false))
        figures_.handshakes--;
}

/// No Upgrade: 426 where a WebSocket is served, 404 elsewhere.
void LwsServer::refuseHttp(Client &client, const RequestHead &head) {
    const bool isApp = appKeyOf(head.path, limits_.connect.serverPath).has_value();
    answerAndEnd(client, isApp ? refusalResponse(426, "Upgrade Required", "Upgrade required.",
                                                 "Upgrade: websocket")
                               : refusalResponse(404, "Not Found", "Not found."));
}

void LwsServer::answerAndEnd(Client &client, const std::string &response) {
    ::send(client.socket, response.data(), response.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(client.socket, SHUT_WR);
    client.isDeaf = true;
    deadlines_.schedule(client, kLingerSeconds);
}

ConnectRequest LwsServer::describe(const Client &client, const RequestHead &head) const {
    ConnectRequest request;
    request.path = head.path;
    request.protocol = head.parameter("protocol");
    request.origin = head.header("origin");
    request.address = cameOverTcp(client.socket) ? peerAddress(client.wsi) : "";
    // Behind a Unix-domain socket stands our own proxy; over TCP only the listed ones are believed.
    const bool isProxy =
        request.address.empty() || limits_.trustedProxies.contains(request.address);
    if (!isProxy)
        return request;
    request.isSecure = head.header("x-forwarded-proto") == "https";
    const std::string_view forwarded = head.header("x-forwarded-for");
    const std::size_t last = forwarded.find_last_of(", ");
    if (!forwarded.empty())
        request.address = last == std::string_view::npos ? forwarded : forwarded.substr(last + 1);
    return request;
}

/// The upgrade is accepted whatever comes then: a browser hears only what a WebSocket tells it.
void LwsServer::open(Client &client, const RequestHead &head) {
    deadlines_.cancel(client);
    const std::string response = upgradeResponse(head);
    const ConnectRequest request = describe(client, head);
    const auto application =
        drain_.refusesNewcomers()
            ? tl::unexpected(PusherProtocol::kDraining)
            : admit(request, applications_, limits_.connect, addresses_.count(request.address));
    client.connection = std::make_unique<WsConnection>(
        client, application.value_or(nullptr), application ? applications_.newSocketId() : "",
        outbound_);
    client.connection->socket = client.socket;
    client.connection->openedAt = std::chrono::steady_clock::now();
    client.connection->send(Frame(response));
    if (application)
        welcome(client, request);
    else
        refuse(client, request, application.error());
}

void LwsServer::welcome(Client &client, const ConnectRequest &request) {
    Connection &connection = *client.connection;
    applications_.add(connection);
    // A client whose address the proxy does not tell is nobody's.
    connection.address = request.address;
    client.isCounted = limits_.connect.maxConnectionsPerAddress > 0 && !request.address.empty();
    if (client.isCounted)
        addresses_.add(connection.address);
    liveness_.opened(connection);
    admission_.opened(connection);
    const App &app = connection.application()->settings();
    connection.send(textFrame(
        PusherProtocol::connectionEstablished(connection.socketId(), app.activityTimeoutSeconds)));
    log(LogLevel::Info, "ws opened",
        {{"socket", connection.socketId()}, {"app", app.id}, {"address", request.address}});
}

void LwsServer::refuse(Client &client, const ConnectRequest &request,
                       const PusherProtocol::CodeText &why) {
    client.connection->send(textFrame(PusherProtocol::error(why)));
    client.connection->close(static_cast<std::uint16_t>(why.code), why.text);
    figures_.refused++;
    log(LogLevel::Info, "ws refused",
        {{"address", request.address},
         {"code", static_cast<int>(why.code)},
         {"path", request.path},
         {"reason", why.text}});
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
        if (client->isEnding)
            figures_.closing--;
        if (!isStopping_) // else nobody is left to be told who has gone
            leave(*client);
        const CloseReason ending = endingOf(*client);
        const auto age = std::chrono::steady_clock::now() - client->connection->openedAt;
        log(LogLevel::Info, "ws closed",
            {{"socket", client->connection->socketId()},
             {"code", ending.code},
             {"reason", ending.text},
             {"seconds", std::chrono::duration_cast<Seconds>(age).count()}});
    }
    delete client;
}

/// Whoever closed first, for the log.
CloseReason LwsServer::endingOf(const Client &client) const {
    if (client.theirEnding != nullptr)
        return *client.theirEnding;
    if (const CloseReason *ours = client.connection->closing())
        return *ours;
    return {kLost, isStopping_ ? "worker stopping" : "connection lost"};
}

/// Out of every channel and every count; the socket may live on until the closing is through.
void LwsServer::leave(Client &client) {
    Connection &connection = *client.connection;
    if (connection.application() == nullptr)
        return;
    Membership::leaveAll(connection);
    SignIn::signOut(connection);
    applications_.remove(connection);
    if (client.isCounted)
        addresses_.remove(connection.address);
    client.isCounted = false;
}

/// Closes the socket once the loop comes round.
void LwsServer::end(Client &client) {
    lws_set_timeout(client.wsi, PENDING_TIMEOUT_CLOSE_ACK, LWS_TO_KILL_ASYNC);
}

void LwsServer::awaitWritable(Connection &connection) {
    lws_callback_on_writable(static_cast<WsConnection &>(connection).client.wsi);
}

void LwsServer::closeSoon(Connection &connection) {
    Client &client = static_cast<WsConnection &>(connection).client;
    if (!client.isEnding) {
        client.isEnding = true;
        if (connection.application() != nullptr)
            figures_.closing++;
        leave(client);
        deadlines_.schedule(client, kCloseSeconds);
        if (connection.closing()->text == Connection::kSlowConsumer)
            figures_.slowConsumers++;
    }
    if (client.peerHasClosed && !connection.hasOutbound())
        end(client);
}

} // namespace pregon
