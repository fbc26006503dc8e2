// SPDX-License-Identifier: MIT
#include "worker/clients/admission.h"

#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

#include <algorithm>

namespace pregon {
namespace {

/// 0: the application does not ask for it.
std::uint32_t authorizationSeconds(const Connection &connection) {
    const App &app = connection.application()->settings();
    return app.userAuthentication ? static_cast<std::uint32_t>(app.userAuthenticationTimeoutSeconds)
                                  : 0;
}

} // namespace

void Admission::opened(Connection &connection) {
    resume(connection, 0);
}

void Admission::resume(Connection &connection, std::uint32_t age) {
    connection.openedAtSecond_ = now_ - age; // may lie before our own beginning
    if (const std::uint32_t seconds = nextDeadline(connection, age))
        wheel_.schedule(static_cast<AdmissionHook &>(connection), seconds);
}

void Admission::tick() {
    now_++;
    wheel_.advance([this](TimerHook &hook) {
        due(static_cast<Connection &>(static_cast<AdmissionHook &>(hook)));
    });
}

std::uint32_t Admission::nextDeadline(const Connection &connection, std::uint32_t age) const {
    std::uint32_t next = 0;
    for (std::uint32_t seconds : {firstMessage_, authorizationSeconds(connection)})
        if (seconds > age && (next == 0 || seconds - age < next))
            next = seconds - age;
    return next;
}

void Admission::due(Connection &connection) {
    if (connection.closing())
        return;
    const std::uint32_t age = now_ - connection.openedAtSecond_;
    const std::uint32_t authorization = authorizationSeconds(connection);
    if (authorization > 0 && age >= authorization && !connection.isAuthorized_) {
        connection.send(textFrame(PusherProtocol::error(PusherProtocol::kNotAuthorizedInTime)));
        connection.close(static_cast<std::uint16_t>(PusherProtocol::kNotAuthorizedInTime.code),
                         PusherProtocol::kNotAuthorizedInTime.text);
        return;
    }
    if (firstMessage_ > 0 && age >= firstMessage_ && !connection.hasSpoken_) {
        connection.close(static_cast<std::uint16_t>(PusherProtocol::kNothingHeard.code),
                         PusherProtocol::kNothingHeard.text);
        return;
    }
    if (const std::uint32_t seconds = nextDeadline(connection, age))
        wheel_.schedule(static_cast<AdmissionHook &>(connection), seconds);
}

} // namespace pregon
