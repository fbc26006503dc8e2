// SPDX-License-Identifier: MIT
#include "shared/log/log.h"

#include "shared/log/log_writer.h"
#include "shared/log/visible_text.h"

#include <algorithm>
#include <atomic>
#include <unistd.h>

namespace pregon {
namespace {

constexpr std::size_t kMaxValue = 300; ///< bytes of one value, before they are escaped
constexpr std::size_t kMaxLine = 4000; ///< bytes: with all around it below PIPE_BUF
constexpr std::string_view kMore = "…";

std::atomic<int> maximumLevel{static_cast<int>(LogLevel::Info)};

bool isPlain(char c) {
    return c > ' ' && c != '"' && c != '\\' && c != '=' && c != 0x7f;
}

void appendValue(std::string &line, std::string_view value) {
    const std::string_view shown = beginningOf(value, kMaxValue);
    const bool isWhole = shown.size() == value.size();
    if (isWhole && !value.empty() && std::all_of(value.begin(), value.end(), isPlain)) {
        line += value;
        return;
    }
    std::string visible;
    appendVisible(visible, shown, "\"\\");
    const bool isOneWord = isWhole && !value.empty() && visible == value &&
                           visible.find_first_of(" =") == std::string::npos;
    line += isOneWord ? visible : '"' + visible + std::string(isWhole ? "" : kMore) + '"';
}

/// Never destroyed: threads may log until the process has ended.
LogWriter &writer() {
    static LogWriter &one = *new LogWriter(STDERR_FILENO);
    return one;
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
    if (line.size() > kMaxLine)
        line = std::string(beginningOf(line, kMaxLine)).append(kMore);
    return line;
}

void log(LogLevel level, std::string_view words, std::initializer_list<LogField> fields) {
    if (static_cast<int>(level) <= maximumLevel)
        writer().write(level, words, formatLogLine(words, fields));
}

} // namespace pregon
