// LwsServer: from a client's HTTP request to its greeting, or its refusal.

#include "worker/clients/lws_client.h"

#include "shared/log/log.h"
#include "worker/clients/plain_http.h"

#include <sys/socket.h>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kMaxHead = 16384; // an application's cookies come along
constexpr std::size_t kMaxLoggedHeader = 40;
constexpr std::uint32_t kHttpLingerSeconds = 2;

} // namespace

void LwsServer::receivedHead(Client &client, std::span<char> bytes) {
    if (client.head == nullptr)
        client.head = std::make_unique<std::string>();
    const std::size_t known = client.head->size();
    client.head->append(bytes.data(), bytes.size());
    const std::size_t length = requestHeadLength(*client.head);
    if (length == 0 && client.head->size() <= kMaxHead)
        return;
    handshakeEnds(client);
    if (length == 0 || length > kMaxHead) {
        answerAndEnd(client, refusalResponse(431, "Request Header Fields Too Large",
                                             "Request head too large."));
        return;
    }
    const auto head = parseRequestHead(std::string_view(*client.head).substr(0, length));
    client.head.reset();
    if (!head) {
        answerAndEnd(client, refusalResponse(400, "Bad Request", "Bad request."));
        return;
    }
    if (!isUpgrade(*head)) {
        answerAndEnd(client, plainAnswer(*head, {limits_.connect.serverPath, drain_.isOn()}));
        return;
    }
    if (const auto refused = refusedUpgrade(*head)) {
        answerAndEnd(client, *refused);
        return;
    }
    open(client, *head);
    // Frames that came in the same segment, joined by a proxy, are handled after the greeting.
    receivedFrames(client, bytes.subspan(length - known));
}

void LwsServer::handshakeEnds(Client &client) {
    if (std::exchange(client.isHandshaking, false))
        figures_.handshakes--;
}

void LwsServer::answerAndEnd(Client &client, const std::string &response) {
    ::send(client.socket, response.data(), response.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    linger(client, kHttpLingerSeconds);
}

ConnectRequest LwsServer::describe(const Client &client, const RequestHead &head) const {
    ConnectRequest request;
    request.path = head.path;
    request.protocol = head.parameter("protocol");
    request.origin = head.header("origin");
    request.address = addressOf(client);
    // Behind a Unix-domain socket stands our own proxy; over TCP only the listed ones are believed.
    const bool isProxy =
        request.address.empty() || containsAddress(limits_.trustedProxies, request.address);
    request.isFromProxy = isProxy;
    if (!isProxy)
        return request;
    request.forwardedProto = head.header("x-forwarded-proto").substr(0, kMaxLoggedHeader);
    request.isSecure = request.forwardedProto == "https";
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
        drain_.rejectsNewConnections()
            ? tl::unexpected(PusherProtocol::kDraining)
            : admit(request, applications_, limits_.connect, addresses_.count(request.address));
    client.connection =
        std::make_unique<WsConnection>(client, application.value_or(nullptr),
                                       application ? applications_.newSocketId() : "", outbound_);
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
    refusals_.refused(request, why);
}

} // namespace pregon
