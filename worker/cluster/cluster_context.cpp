#include "worker/cluster/cluster_context.h"

#include <algorithm>
#include <charconv>

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
    std::string topic = "e:" + nameOf(application) + ":";
    topic += channel;
    return topic;
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

std::string_view takeWord(std::string_view &text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

std::uint64_t numberIn(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

} // namespace pregon
