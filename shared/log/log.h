// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace pregon {

/// The syslog priorities that the journal reads from the `<N>` in front of a line.
enum class LogLevel {
    Error = 3,   ///< someone must act
    Warning = 4, ///< handled, but look
    Notice = 5,  ///< lifecycle
    Info = 6,    ///< one client
    Debug = 7,   ///< one message
};

/// One `key=value` of a log line. The same key means the same thing everywhere.
struct LogField {
    LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
    LogField(std::string_view name, const char *text) : key(name), value(text) {}
    LogField(std::string_view name, const std::string &text) : key(name), value(text) {}
    template <std::integral Integer>
    LogField(std::string_view name, Integer number) : key(name), value(std::to_string(number)) {}

    std::string_view key;
    std::string value;
};

/// Lines above `level` are not written. Default: Info.
void setLogLevel(LogLevel level);

/// Writes one line to stderr with one write(2): `<6>words key=value key="two words"`. A value is
/// cut after 300 bytes, a line at PIPE_BUF, and what could forge a line is escaped (appendVisible).
/// Never waits: a line that finds no room, and one of words that come too often, is left out and
/// counted (LogWriter). Never pass a secret, a token, a signature or a payload. Any thread.
void log(LogLevel level, std::string_view words, std::initializer_list<LogField> fields = {});

/// The line that `log` writes, without the priority and the newline.
std::string formatLogLine(std::string_view words, std::initializer_list<LogField> fields);

} // namespace pregon
