#include "shared/log.h"

#include <atomic>
#include <cstdio>
#include <unistd.h>

namespace pregon {
namespace {

std::atomic<int> maximumLevel{static_cast<int>(LogLevel::Info)};

bool isPlain(char c) {
    return c > ' ' && c != '"' && c != '\\' && c != '=' && c != 0x7f;
}

bool needsQuotes(std::string_view value) {
    if (value.empty())
        return true;
    for (char c : value)
        if (!isPlain(c) && static_cast<unsigned char>(c) < 0x80)
            return true;
    return false;
}

void appendEscaped(std::string &line, char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        line += '\\';
        line += c;
    } else if (byte < 0x20 || byte == 0x7f) {
        char text[5];
        std::snprintf(text, sizeof text, "\\x%02x", byte);
        line += text;
    } else {
        line += c;
    }
}

void appendValue(std::string &line, std::string_view value) {
    if (!needsQuotes(value)) {
        line += value;
        return;
    }
    line += '"';
    for (char c : value)
        appendEscaped(line, c);
    line += '"';
}

} // namespace

void setLogLevel(LogLevel level) {
    maximumLevel = static_cast<int>(level);
}

std::string formatLogLine(std::string_view words, std::initializer_list<LogField> fields) {
    std::string line(words);
    for (const LogField &field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        appendValue(line, field.value);
    }
    return line;
}

void log(LogLevel level, std::string_view words, std::initializer_list<LogField> fields) {
    if (static_cast<int>(level) > maximumLevel)
        return;
    std::string line = "<" + std::to_string(static_cast<int>(level)) + ">";
    line += formatLogLine(words, fields);
    line += '\n';
    // A log line that cannot be written has nowhere to be reported.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

} // namespace pregon
