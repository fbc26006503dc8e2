// SPDX-License-Identifier: MIT
#include "tests/bench/report.h"

#include "tests/bench/crowd.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>

namespace pregon::bench {
namespace {

std::string rounded(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

bool isReached(double value, Report::Wanted wanted, double bound) {
    return wanted == Report::Wanted::AtLeast ? value >= bound : value <= bound;
}

/// Characters, not bytes, so that columns stay in line.
std::size_t width(const std::string &text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
}

} // namespace

void Report::mark(const std::string &what, double value, Wanted wanted, double bound) {
    marks_.push_back({what, value, wanted, bound});
}

void Report::finish(const Options &options) const {
    std::printf("\n%s\n%s", plain().c_str(), json().c_str());
    std::fflush(stdout);
    std::ofstream(options.out + "/" + name_ + ".json") << json();
    std::ofstream(options.out + "/" + name_ + ".md") << markdown();
}

std::string Report::shown(const Mark &mark) const {
    const std::string wanted = (mark.wanted == Wanted::AtLeast ? "at least " : "at most ") +
                               rounded(mark.bound, mark.bound < 10 ? 1 : 0);
    if (!std::isfinite(mark.value))
        return mark.what + ": wanted " + wanted + ": NOT measured";
    return mark.what + ": " + rounded(mark.value, mark.value < 100 ? 2 : 0) + ", wanted " + wanted +
           ": " + (isReached(mark.value, mark.wanted, mark.bound) ? "reached" : "NOT reached");
}

std::string Report::json() const {
    std::string lines;
    const std::string head = R"({"scenario":)" + jsonText(name_);
    for (const auto &row : rows_) {
        lines += head;
        for (std::size_t i = 0; i < columns_.size(); i++) {
            const auto *number = std::get_if<double>(&row[i]);
            lines += "," + jsonText(columns_[i].key) + ":" +
                     (number == nullptr ? jsonText(std::get<std::string>(row[i]))
                      : std::isfinite(*number)
                          ? rounded(*number,
                                    *number == std::floor(*number) ? 0 : columns_[i].decimals + 1)
                          : "null");
        }
        lines += "}\n";
    }
    for (const Mark &mark : marks_) {
        const bool isMeasured = std::isfinite(mark.value);
        lines += head + R"(,"mark":)" + jsonText(mark.what) + R"(,"value":)" +
                 (isMeasured ? rounded(mark.value, 3) : "null") + R"(,"wanted":)" +
                 rounded(mark.bound, 2) + R"(,"reached":)" +
                 (isMeasured && isReached(mark.value, mark.wanted, mark.bound) ? "true" : "false") +
                 "}\n";
    }
    return lines;
}

std::string Report::plain() const {
    std::string text = name_ + ": " + title_ + "\n";
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); i++) {
        widths.push_back(width(columns_[i].heading));
        for (const auto &row : rows_)
            widths.back() = std::max(widths.back(), width(cell(row, i)));
    }
    const auto line = [&](const auto &textOf) {
        for (std::size_t i = 0; i < columns_.size(); i++)
            text += std::string(2 + widths[i] - width(textOf(i)), ' ') + textOf(i);
        text += "\n";
    };
    line([&](std::size_t i) { return columns_[i].heading; });
    for (const auto &row : rows_)
        line([&](std::size_t i) { return cell(row, i); });
    for (const std::string &note : notes_)
        text += note + "\n";
    for (const Mark &mark : marks_)
        text += "mark: " + shown(mark) + "\n";
    return text;
}

std::string Report::markdown() const {
    std::string text = "|", rule = "|";
    for (std::size_t i = 0; i < columns_.size(); i++) {
        text += " " + columns_[i].heading + " |";
        const bool isText = !rows_.empty() && std::holds_alternative<std::string>(rows_[0][i]);
        rule += isText ? "---|" : "--:|";
    }
    text += "\n" + rule + "\n";
    for (const auto &row : rows_) {
        text += "|";
        for (std::size_t i = 0; i < columns_.size(); i++)
            text += " " + cell(row, i) + " |";
        text += "\n";
    }
    if (!notes_.empty() || !marks_.empty())
        text += "\n";
    for (const std::string &note : notes_)
        text += "- " + note + "\n";
    for (const Mark &mark : marks_)
        text += "- Mark: " + shown(mark) + ".\n";
    return text;
}

std::string Report::cell(const std::vector<Value> &row, std::size_t column) const {
    if (const auto *text = std::get_if<std::string>(&row[column]))
        return *text;
    const double number = std::get<double>(row[column]);
    return std::isfinite(number) ? rounded(number, columns_[column].decimals) : "-";
}

double median(std::vector<double> values) {
    if (values.empty())
        return std::numeric_limits<double>::quiet_NaN();
    std::ranges::sort(values);
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

} // namespace pregon::bench
