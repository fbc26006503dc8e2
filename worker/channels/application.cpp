// SPDX-License-Identifier: MIT
#include "worker/channels/application.h"

namespace pregon {

void ApplicationRegistry::reload(const std::vector<App> &apps) {
    for (Application &application : applications_) {
        App gone = application.settings();
        gone.enabled = false;
        application.change(gone);
    }
    for (const App &app : apps)
        if (Application *known = findById(app.id))
            known->change(app);
        else
            applications_.emplace_back(app, events_, tails_, *neighbours_, recovery_);
    for (Application &application : applications_)
        application.settle();
}

void Application::settle() {
    if (!settings_.enabled || settings_.key != recoveredKey_ || !recovery_.isOn())
        recovery_.forgetAll();
    recoveredKey_ = settings_.key;
}

void ApplicationRegistry::joinNeighbours(Neighbours &neighbours) {
    neighbours_ = &neighbours;
    for (Application &application : applications_)
        application.joinNeighbours(neighbours);
}

Application *ApplicationRegistry::findByKey(std::string_view key) {
    Application *retired = nullptr; // may have left its key to another
    for (Application &application : applications_)
        if (application.settings().key == key) {
            if (application.settings().enabled)
                return &application;
            retired = &application;
        }
    return retired;
}

Application *ApplicationRegistry::findById(std::string_view id) {
    for (Application &application : applications_)
        if (application.settings().id == id)
            return &application;
    return nullptr;
}

void ApplicationRegistry::add(Connection &connection) {
    connections_.insert(&connection);
    connection.application()->connectionCount++;
}

void ApplicationRegistry::remove(const Connection &connection) {
    const auto known = connections_.find(std::string_view(connection.socketId()));
    if (known == connections_.end())
        return;
    connections_.erase(known);
    connection.application()->connectionCount--;
}

Connection *ApplicationRegistry::findConnection(const Application &application,
                                                std::string_view socketId) {
    const auto found = connections_.find(socketId);
    if (found == connections_.end() || (*found)->application() != &application)
        return nullptr;
    return *found;
}

std::vector<Connection *> ApplicationRegistry::someConnections(std::size_t count) const {
    std::vector<Connection *> some;
    for (auto at = connections_.begin(); at != connections_.end() && some.size() < count; ++at)
        some.push_back(*at);
    return some;
}

std::string ApplicationRegistry::newSocketId() const {
    constexpr unsigned kMaximum = 999'999'999;
    std::string id;
    do
        id = std::to_string(randomNumber(kMaximum)) + "." + std::to_string(randomNumber(kMaximum));
    while (connections_.contains(std::string_view(id)));
    return id;
}

} // namespace pregon
