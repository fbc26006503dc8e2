// SPDX-License-Identifier: MIT
#include "worker/clients/reception.h"

#include "shared/log/log.h"
#include "worker/channels/resumable_connection.h"
#include "worker/channels/sign_in.h"

#include <chrono>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kMaxLoggedHeader = 40;

void sendAndClose(Connection &connection, const PusherProtocol::CodeText &why) {
    connection.send(textFrame(PusherProtocol::error(why)));
    connection.close(static_cast<std::uint16_t>(why.code), why.text);
}

void logOpened(const Connection &connection) {
    const std::string &app = connection.application()->settings().id;
    if (connection.resumable)
        log(LogLevel::Info, "ws opened",
            {{"socket", connection.socketId()},
             {"app", app},
             {"address", connection.address()},
             {"resume", connection.resumable->stamp()}});
    else
        log(LogLevel::Info, "ws opened",
            {{"socket", connection.socketId()}, {"app", app}, {"address", connection.address()}});
}

} // namespace

ConnectRequest Reception::requestOf(const RequestHead &head, std::string_view peer) const {
    ConnectRequest request;
    request.path = head.path;
    request.protocol = head.parameter("protocol");
    request.origin = head.header("origin");
    request.address = peer;
    // Behind a Unix-domain socket stands our own proxy; over TCP only the listed ones are believed.
    request.isFromProxy = peer.empty() || containsAddress(limits_.trustedProxies, peer);
    if (!request.isFromProxy)
        return request;
    request.forwardedProto = head.header("x-forwarded-proto").substr(0, kMaxLoggedHeader);
    request.isSecure = request.forwardedProto == "https";
    const std::string_view forwarded = head.header("x-forwarded-for");
    const std::size_t last = forwarded.find_last_of(", ");
    if (!forwarded.empty())
        request.address = last == std::string_view::npos ? forwarded : forwarded.substr(last + 1);
    return request;
}

tl::expected<Admitted, PusherProtocol::CodeText> Reception::admitted(
    const ConnectRequest &request) {
    if (drain_.rejectsNewConnections())
        return tl::unexpected(PusherProtocol::kDraining);
    return admit(request, applications_, limits_.connect, addresses_.count(request.address));
}

void Reception::welcome(Connection &connection, const ConnectRequest &request,
                        const Admitted &admitted) {
    if (admitted.inTheWay != nullptr)
        admitted.inTheWay->closeForSuccessor();
    if (const auto token = parseResumeToken(admitted.resumeToken)) {
        connection.resumable = std::make_unique<ResumableConnection>(connection);
        admitted.application->recovery().opened(*connection.resumable, *token);
    }
    applications_.add(connection);
    connection.cameFrom(request.address, std::chrono::steady_clock::now());
    count(connection);
    liveness_.opened(connection);
    admission_.opened(connection);
    const App &app = connection.application()->settings();
    connection.send(textFrame(
        PusherProtocol::connectionEstablished(connection.socketId(), app.activityTimeoutSeconds)));
    logOpened(connection);
}

/// A client whose address the proxy does not name counts for no address.
void Reception::count(Connection &connection) {
    connection.isCounted =
        limits_.connect.maxConnectionsPerAddress > 0 && !connection.address().empty();
    if (connection.isCounted)
        addresses_.add(connection.address());
}

void Reception::refuse(Connection &connection, const ConnectRequest &request,
                       const PusherProtocol::CodeText &why) {
    sendAndClose(connection, why);
    figures_.refused++;
    refusals_.refused(request, why);
}

void Reception::resume(Connection &connection, const ClientState &state) {
    applications_.add(connection);
    count(connection);
    liveness_.resume(connection, state.silence);
    admission_.resume(connection, state.ageSeconds);
}

void Reception::refuseUnknown(Connection &connection) {
    log(LogLevel::Info, "ws closed",
        {{"socket", connection.socketId()},
         {"code", static_cast<int>(PusherProtocol::kApplicationUnknown.code)},
         {"reason", "its application is not configured any more"}});
    sendAndClose(connection, PusherProtocol::kApplicationUnknown);
}

void Reception::describe(const Connection &connection, ClientState &state) const {
    if (connection.application() == nullptr)
        return;
    state.silence = liveness_.silence(connection);
    state.ageSeconds = admission_.age(connection);
}

void Reception::leave(Connection &connection) {
    if (connection.application() == nullptr || std::exchange(connection.hasLeft, true))
        return;
    if (connection.resumable)
        connection.application()->recovery().ended(*connection.resumable, connection.address());
    leaving_.begin(connection);
    SignIn::signOut(connection);
    applications_.remove(connection);
    if (std::exchange(connection.isCounted, false))
        addresses_.remove(connection.address());
}

} // namespace pregon
