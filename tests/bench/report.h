// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace pregon::bench {

struct Options;

/// One table of the results. `finish` prints it with a JSON line per row and mark, and writes it
/// into `Options::out`, as NAME.json (the same lines) and NAME.md (the table in Markdown).
class Report {
  public:
    struct Column {
        std::string key;     ///< in the JSON
        std::string heading; ///< in the tables
        int decimals = 0;
    };
    using Value = std::variant<std::string, double>;
    enum class Wanted { AtLeast, AtMost };

    Report(std::string name, std::string title, std::vector<Column> columns)
        : name_(std::move(name)), title_(std::move(title)), columns_(std::move(columns)) {}

    /// As many values as there are columns. A number that is not finite is shown as missing.
    void row(std::vector<Value> values) { rows_.push_back(std::move(values)); }
    /// What the project has set itself; a mark that is not reached is told and fails nothing. Not
    /// finite: not measured.
    void mark(const std::string &what, double value, Wanted wanted, double bound);
    /// A sentence below the table.
    void note(const std::string &text) { notes_.push_back(text); }
    void finish(const Options &options) const;

  private:
    struct Mark {
        std::string what;
        double value;
        Wanted wanted;
        double bound;
    };
    std::string shown(const Mark &mark) const;
    std::string json() const;
    std::string plain() const;
    std::string markdown() const;
    std::string cell(const std::vector<Value> &row, std::size_t column) const;

    std::string name_, title_;
    std::vector<Column> columns_;
    std::vector<std::vector<Value>> rows_;
    std::vector<Mark> marks_;
    std::vector<std::string> notes_;
};

/// Of at least one value; not a number if there is none.
double median(std::vector<double> values);

} // namespace pregon::bench
