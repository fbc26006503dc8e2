#include "worker/lws_server.h"

#include "shared/json_scan.h"
#include "shared/log.h"
#include "worker/connect_request.h"
#include "worker/membership.h"
#include "worker/pusher_protocol.h"

#include <array>
#include <chrono>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace pregon {
namespace {

constexpr std::uint16_t kInvalidUtf8 = 1007; // RFC 6455 §7.4.1
constexpr std::uint16_t kMessageTooBig = 1009;
constexpr int kCloseSeconds = 5; // for a peer that does not take or answer our Close frame

using Seconds = std::chrono::seconds;

/// A header's value; empty if it is absent or longer than any that we look at.
std::string headerOf(lws *wsi, lws_token_indexes token) {
    std::array<char, 1024> value;
    const int length = lws_hdr_copy(wsi, value.data(), static_cast<int>(value.size()), token);
    return length > 0 ? std::string(value.data(), static_cast<std::size_t>(length)) : "";
}

bool cameOverTcp(lws *wsi) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(lws_get_socket_fd(wsi), reinterpret_cast<sockaddr *>(&address), &size);
    return address.ss_family != AF_UNIX;
}

/// For the log. Behind a Unix-domain socket stands our own proxy, whose word is taken.
std::string addressOf(lws *wsi) {
    if (cameOverTcp(wsi)) {
        std::array<char, 64> name{};
        lws_get_peer_simple(wsi, name.data(), name.size());
        return name.data();
    }
    const std::string forwarded = headerOf(wsi, WSI_TOKEN_X_FORWARDED_FOR);
    const std::size_t last = forwarded.find_last_of(", ");
    return last == std::string::npos ? forwarded : forwarded.substr(last + 1);
}

std::string protocolParameter(lws *wsi) {
    std::array<char, 1024> buffer{}; // a longer argument in front would end the search
    const char *value = lws_get_urlarg_by_name(wsi, "protocol=", buffer.data(),
                                               static_cast<int>(buffer.size()));
    return value != nullptr ? value : "";
}

/// libwebsockets' own lines: about single clients, so they are details.
void logOfLibrary(int, const char *line) {
    std::string_view text(line);
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    log(LogLevel::Debug, "libwebsockets", {{"message", text}});
}

} // namespace

struct LwsServer::Client final : Connection {
    Client(lws *socket, Application *application, std::string socketId, DirtyList &dirty,
           std::size_t maxQueuedBytes)
        : Connection(application, std::move(socketId), dirty, maxQueuedBytes), wsi(socket) {}

    lws *wsi;
    std::chrono::steady_clock::time_point openedAt = std::chrono::steady_clock::now();
    CloseReason peerReason{0, "connection lost"}; ///< as far as it said one
    bool askedForWritable = false;
    bool isEnding = false; ///< our Close frame is out, or tries to get out
};

struct LwsServer::Callbacks {
    // Called from C: nothing may be thrown through it. 0 keeps the connection, -1 closes it.
    static int onWebSocket(lws *wsi, lws_callback_reasons why, void *user, void *in,
                           std::size_t length) noexcept {
        auto *server = static_cast<LwsServer *>(lws_context_user(lws_get_context(wsi)));
        auto **place = static_cast<Client **>(user);
        const std::string_view bytes(static_cast<const char *>(in), in != nullptr ? length : 0);
        switch (why) {
        case LWS_CALLBACK_HTTP:
            return server->answerHttp(wsi);
        case LWS_CALLBACK_ESTABLISHED:
            return server->opened(wsi, place);
        case LWS_CALLBACK_RECEIVE:
            return server->received(**place, bytes);
        case LWS_CALLBACK_RECEIVE_PONG:
            (*place)->usesControlFrames = true;
            server->liveness_.seen(**place);
            return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return server->writable(**place);
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            return server->peerCloses(**place, bytes);
        case LWS_CALLBACK_CLOSED:
            server->closed(*place);
            *place = nullptr;
            return 0;
        default:
            return 0;
        }
    }

    static const lws_protocols kProtocols[];
};

const lws_protocols LwsServer::Callbacks::kProtocols[] = {
    // A small receive buffer keeps an idle connection small; a large packet size lets the rest of a
    // cut frame leave in one piece.
    {"pusher", onWebSocket, sizeof(Client *), 128, 0, nullptr, 1 << 20},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
};

LwsServer::LwsServer(EventLoop &loop, ApplicationRegistry &applications,
                     const ClientCommands &commands, Liveness &liveness, DirtyList &dirty,
                     WorkerFigures &figures, Limits limits)
    : loop_(loop), applications_(applications), commands_(commands), liveness_(liveness),
      dirty_(dirty), figures_(figures), limits_(limits), fanOut_(dirty, *this) {}

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
    info.timeout_secs = limits_.handshakeTimeoutSeconds;
    info.max_http_header_data2 = 16384; // an application's cookies come along
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
    if (lws_adopt_socket_vhost(vhost_, socket.release()) == nullptr)
        log(LogLevel::Warning, "ws not taken", {{"reason", "libwebsockets refused the socket"}});
}

/// No Upgrade: 426 where a WebSocket is served, 404 elsewhere.
int LwsServer::answerHttp(lws *wsi) {
    const bool isApp = appKeyOf(headerOf(wsi, WSI_TOKEN_GET_URI)).has_value();
    const std::string_view body = isApp ? "Upgrade required." : "Not found.";
    std::array<unsigned char, LWS_PRE + 512> buffer;
    unsigned char *start = buffer.data() + LWS_PRE, *at = start, *end = buffer.data() + buffer.size();
    const auto *upgrade = reinterpret_cast<const unsigned char *>("Upgrade:");
    const auto *websocket = reinterpret_cast<const unsigned char *>("websocket");
    if (lws_add_http_common_headers(wsi, isApp ? 426 : 404, "text/plain; charset=utf-8",
                                    body.size(), &at, end) != 0 ||
        (isApp && lws_add_http_header_by_name(wsi, upgrade, websocket, 9, &at, end) != 0) ||
        lws_finalize_write_http_header(wsi, start, &at, end) != 0)
        return -1;
    at = std::copy(body.begin(), body.end(), start);
    lws_write(wsi, start, body.size(), LWS_WRITE_HTTP_FINAL);
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

int LwsServer::opened(lws *wsi, Client **place) {
    const ConnectRequest request{headerOf(wsi, WSI_TOKEN_GET_URI), protocolParameter(wsi)};
    const std::string address = addressOf(wsi);
    const auto application = admit(request, applications_);
    if (!application) {
        *place = new Client(wsi, nullptr, "", dirty_, limits_.maxQueuedBytes);
        (*place)->send(textFrame(PusherProtocol::error(application.error())));
        (*place)->close(static_cast<std::uint16_t>(application.error().code),
                        application.error().text);
        figures_.refused++;
        log(LogLevel::Info, "ws refused",
            {{"address", address},
             {"code", static_cast<int>(application.error().code)},
             {"path", request.path},
             {"reason", application.error().text}});
        return 0;
    }
    *place = new Client(wsi, *application, applications_.newSocketId(), dirty_,
                        limits_.maxQueuedBytes);
    Client &client = **place;
    applications_.add(client);
    liveness_.opened(client);
    const App &app = (*application)->settings();
    client.send(textFrame(
        PusherProtocol::connectionEstablished(client.socketId(), app.activityTimeoutSeconds)));
    log(LogLevel::Info, "ws opened",
        {{"socket", client.socketId()}, {"app", app.id}, {"address", address}});
    return 0;
}

int LwsServer::received(Client &client, std::string_view part) {
    if (client.closing() || client.application() == nullptr)
        return 0;
    liveness_.seen(client);
    const std::size_t missing = lws_remaining_packet_payload(client.wsi);
    const auto maximum =
        static_cast<std::size_t>(client.application()->settings().maxMessageSize);
    if (client.incoming.size() + part.size() + missing > maximum) {
        client.close(kMessageTooBig, "Maximum message size exceeded");
        return 0;
    }
    const bool isBinary = lws_frame_is_binary(client.wsi) != 0;
    const bool isWhole = lws_is_final_fragment(client.wsi) != 0 && missing == 0;
    if (isWhole && client.incoming.empty()) {
        handleMessage(client, part, isBinary);
        return 0;
    }
    client.incoming += part;
    if (!isWhole)
        return 0;
    const std::string message = std::move(client.incoming);
    client.incoming = std::string(); // gives the memory back
    handleMessage(client, message, isBinary);
    return 0;
}

void LwsServer::handleMessage(Client &client, std::string_view text, bool isBinary) {
    if (isValidUtf8(text))
        commands_.handle(client, text);
    else if (isBinary)
        client.send(textFrame(PusherProtocol::error(PusherProtocol::kInvalidMessage)));
    else
        client.close(kInvalidUtf8, "Invalid UTF-8");
}

int LwsServer::writable(Client &client) {
    // The library announces neither a Ping nor its own Pong, but it asks for WRITEABLE to send it.
    if (!client.askedForWritable) {
        client.usesControlFrames = true;
        liveness_.seen(client);
    }
    client.askedForWritable = false;
    fanOut_.writable(client);
    return 0;
}

int LwsServer::peerCloses(Client &client, std::string_view reason) {
    if (reason.size() >= 2) {
        const auto high = static_cast<unsigned char>(reason[0]);
        const auto low = static_cast<unsigned char>(reason[1]);
        client.peerReason = {static_cast<std::uint16_t>(high * 256 + low),
                             std::string(reason.substr(2))};
    } else {
        client.peerReason = {1005, ""};
    }
    client.abandon();
    leave(client);
    return client.closing() ? -1 : 0; // our own Close is answered, or the library answers theirs
}

void LwsServer::closed(Client *client) {
    if (client == nullptr)
        return;
    if (isStopping_) // nobody is left to be told who has gone
        client->peerReason.text = "worker stopping";
    else
        leave(*client);
    if (client->application() != nullptr) {
        const CloseReason &reason = client->closing() ? *client->closing() : client->peerReason;
        const auto age = std::chrono::steady_clock::now() - client->openedAt;
        log(LogLevel::Info, "ws closed",
            {{"socket", client->socketId()},
             {"code", reason.code},
             {"reason", reason.text},
             {"seconds", std::chrono::duration_cast<Seconds>(age).count()}});
    }
    delete client;
}

/// Out of every channel and every count; the socket may live on until the closing is through.
void LwsServer::leave(Client &client) {
    if (client.application() == nullptr)
        return;
    Membership::leaveAll(client);
    applications_.remove(client);
}

int LwsServer::socketOf(Connection &connection) {
    return lws_get_socket_fd(static_cast<Client &>(connection).wsi);
}

bool LwsServer::hasUnsentBytes(Connection &connection) {
    return lws_partial_buffered(static_cast<Client &>(connection).wsi) != 0;
}

void LwsServer::sendRest(Connection &connection, std::string_view rest) {
    auto &client = static_cast<Client &>(connection);
    // Raw bytes: the library keeps what the socket does not take in front of all it writes itself,
    // so a Pong or Close can never land inside a frame.
    std::string copy(rest);
    lws_write(client.wsi, reinterpret_cast<unsigned char *>(copy.data()), copy.size(),
              LWS_WRITE_RAW);
}

void LwsServer::awaitWritable(Connection &connection) {
    auto &client = static_cast<Client &>(connection);
    client.askedForWritable = true;
    lws_callback_on_writable(client.wsi);
}

void LwsServer::closeSoon(Connection &connection) {
    auto &client = static_cast<Client &>(connection);
    if (client.isEnding)
        return;
    client.isEnding = true;
    leave(client);
    if (client.closing()->code == static_cast<std::uint16_t>(PusherProtocol::Code::OverCapacity))
        figures_.slowConsumers++;
    lws_set_timeout(client.wsi, PENDING_TIMEOUT_CLOSE_ACK, kCloseSeconds);
}

} // namespace pregon
