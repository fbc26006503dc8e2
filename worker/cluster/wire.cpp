// SPDX-License-Identifier: MIT
#include "worker/cluster/wire.h"

#include <algorithm>
#include <charconv>

namespace pregon::Wire {
namespace {

constexpr std::string_view kChannel = "e:", kWatch = "w:";
constexpr std::string_view kUserChannel = "#server-to-user-";

template <class Number>
bool read(std::string_view word, Number &number) {
    const char *end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    return error == std::errc() && stop == end;
}

/// The message's first line without its kind, and what is behind that line; false: of another kind,
/// or it has no second line.
bool split(std::string_view message, Kind kind, std::string_view &line, std::string_view &rest) {
    const std::size_t end = message.find('\n');
    if (kindOf(message) != kind || end == std::string_view::npos)
        return false;
    line = message.substr(1, end - 1);
    rest = message.substr(end + 1);
    return true;
}

} // namespace

std::string_view takeWord(std::string_view &text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

std::optional<Kind> kindOf(std::string_view message) {
    constexpr std::string_view kKnown = "EKCMNT";
    if (message.empty() || kKnown.find(message[0]) == std::string_view::npos)
        return std::nullopt;
    return static_cast<Kind>(message[0]);
}

std::string channelTopic(std::string_view application, std::string_view channel) {
    return std::string(kChannel).append(application).append(":").append(channel);
}

std::string watchTopic(std::string_view application, std::string_view userId) {
    return std::string(kWatch).append(application).append(":").append(userId);
}

Topic parseTopic(std::string_view text) {
    Topic topic;
    const bool isWatch = text.starts_with(kWatch);
    if (!isWatch && !text.starts_with(kChannel))
        return topic;
    text.remove_prefix(kChannel.size());
    const std::size_t end = text.find(':');
    if (end == std::string_view::npos)
        return topic;
    topic.application = text.substr(0, end);
    topic.name = text.substr(end + 1);
    topic.kind = isWatch                                ? TopicKind::Watch
                 : topic.name.starts_with(kUserChannel) ? TopicKind::User
                                                        : TopicKind::Channel;
    return topic;
}

std::string headOf(const EventMessage &event) {
    return static_cast<char>(event.kind) + event.origin + " " + std::to_string(event.sequence) +
           " " + event.exceptSocketId + "\n";
}

std::optional<EventMessage> parseEvent(std::string_view message) {
    EventMessage event;
    const auto kind = kindOf(message);
    std::string_view line, rest;
    if (kind != Kind::Event && kind != Kind::CachedEvent && kind != Kind::ClientEvent)
        return std::nullopt;
    event.kind = *kind;
    if (!split(message, *kind, line, rest))
        return std::nullopt;
    event.origin = takeWord(line, ' ');
    if (!read(takeWord(line, ' '), event.sequence))
        return std::nullopt;
    event.exceptSocketId = takeWord(line, ' ');
    if (event.kind == Kind::CachedEvent && !read(takeWord(rest, '\n'), event.version))
        return std::nullopt;
    event.body = rest;
    return event;
}

std::optional<MemberChange> parseMemberChange(std::string_view message) {
    MemberChange change;
    std::string_view line, rest;
    if (!split(message, Kind::MemberChange, line, rest))
        return std::nullopt;
    const std::string_view sign = takeWord(line, ' ');
    change.isJoin = sign == "+";
    std::size_t length = 0;
    if ((!change.isJoin && sign != "-") || !read(takeWord(line, ' '), change.before) ||
        !read(takeWord(line, ' '), change.version) || !read(takeWord(line, ' '), length) ||
        length > rest.size())
        return std::nullopt;
    change.member = {std::string(rest.substr(0, length)), std::string(rest.substr(length))};
    return change;
}

std::optional<CountMessage> parseCount(std::string_view message) {
    if (kindOf(message) != Kind::Count)
        return std::nullopt;
    CountMessage count;
    message.remove_prefix(1);
    count.worker = takeWord(message, ' ');
    if (!read(takeWord(message, ' '), count.version) || !read(takeWord(message, ' '), count.total))
        return std::nullopt;
    return count;
}

std::string textOf(const TerminateMessage &terminate) {
    return static_cast<char>(Kind::Terminate) + terminate.origin + " " + terminate.application +
           "\n" + terminate.userId;
}

std::optional<TerminateMessage> parseTerminate(std::string_view message) {
    TerminateMessage terminate;
    std::string_view line, rest;
    if (!split(message, Kind::Terminate, line, rest) || line.find(' ') == std::string_view::npos)
        return std::nullopt;
    terminate.origin = takeWord(line, ' ');
    terminate.application = line; // an id may have blanks: this line gets no further words
    terminate.userId = rest;
    return terminate;
}

} // namespace pregon::Wire
