// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_context.h"

#include "shared/log/log.h"

namespace pregon {

std::string ClusterContext::formerNamesText() const {
    std::string text = ",";
    for (const std::string &name : formerNames)
        text += name + ",";
    return text;
}

std::string ClusterContext::nameOf(const Application &application) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string name;
    for (const char c : application.settings().id) {
        if (c != ':' && c != '\n' && c != '%') {
            name += c;
            continue;
        }
        name += '%';
        name += kHex[static_cast<unsigned char>(c) / 16];
        name += kHex[static_cast<unsigned char>(c) % 16];
    }
    return name;
}

std::string ClusterContext::topicOf(const Application &application, std::string_view channel) {
    return Wire::channelTopic(nameOf(application), channel);
}

void ClusterContext::ignored(std::string_view message) {
    log(LogLevel::Info, "cluster message ignored",
        {{"kind", message.substr(0, 1)}, {"bytes", message.size()}});
}

Application *ClusterContext::findByName(std::string_view name) const {
    const std::string key(name);
    if (const auto found = byName.find(key); found != byName.end())
        return found->second;
    for (Application &application : applications.all())
        if (nameOf(application) == name)
            return byName[key] = &application;
    return nullptr;
}

} // namespace pregon
