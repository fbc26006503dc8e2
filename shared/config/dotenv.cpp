// SPDX-License-Identifier: MIT
#include "shared/config/dotenv.h"

#include "shared/ascii.h"
#include "shared/config/dotenv_entry.h"
#include "shared/text_encoding.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::size_t kLongestValue = 64 << 10, kAllValues = 8 << 20; // bytes

/// At "\n", "\r\n" and "\r".
std::vector<std::string_view> splitLines(std::string_view text) {
    std::vector<std::string_view> lines;
    for (;;) {
        const std::size_t end = text.find_first_of("\r\n");
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return lines;
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
}

/// Double quotes that are neither the first character nor behind a backslash, with `\\` taken out.
std::size_t countQuotes(std::string_view line) {
    std::string plain;
    for (std::size_t i = 0; i < line.size(); i++)
        if (line.substr(i, 2) == "\\\\")
            i++;
        else
            plain += line[i];
    std::size_t count = 0;
    for (std::size_t i = 1; i < plain.size(); i++)
        count += plain[i] == '"' && plain[i - 1] != '\\' ? 1 : 0;
    return count;
}

bool opensQuote(std::string_view line) {
    return line.find("=\"") != std::string_view::npos && countQuotes(line) <= 1;
}

bool closesQuote(std::string_view line) {
    return line == "\"" || countQuotes(line) >= 1;
}

bool isCommentOrBlank(std::string_view text) {
    text = phpTrim(text);
    return text.empty() || text[0] == '#';
}

class FileParser {
  public:
    Dotenv parse(const std::vector<std::string_view> &lines) {
        for (std::size_t i = 0; i < lines.size(); i++) {
            const std::size_t first = i;
            std::string text(lines[i]);
            if (opensQuote(lines[i])) {
                const std::size_t end = endOfQuote(lines, i);
                if (end == lines.size()) {
                    file_.passedOver.push_back({first + 1, end});
                    return std::move(file_);
                }
                for (; i < end; i++)
                    (text += '\n') += lines[i + 1];
            }
            takeEntry(text, {first + 1, i + 1});
        }
        return std::move(file_);
    }

  private:
    static std::size_t endOfQuote(const std::vector<std::string_view> &lines, std::size_t opening) {
        std::size_t at = opening + 1;
        while (at < lines.size() && !closesQuote(lines[at]))
            at++;
        return at;
    }

    void takeEntry(const std::string &text, Dotenv::Lines lines) {
        if (isCommentOrBlank(text)) {
            if (lines.last > lines.first)
                file_.passedOver.push_back(lines);
            return;
        }
        auto assignment = parseDotenvEntry(text);
        if (!assignment) {
            auto &refusal = assignment.error();
            file_.faults.push_back({lines.first, refusal.error, std::move(refusal.name)});
            return;
        }
        Dotenv::Entry entry{std::move(assignment->name), {}, lines.first, {}};
        if (assignment->value)
            entry.value = resolve(*assignment, entry.undefined);
        if (!fits(entry)) {
            file_.faults.push_back({entry.line, DotenvError::TooLong, entry.name});
            return;
        }
        file_.latest[entry.name] = file_.entries.size();
        file_.entries.push_back(std::move(entry));
    }

    bool fits(const Dotenv::Entry &entry) {
        const std::size_t size = entry.value ? entry.value->size() : 0;
        total_ += size;
        return size <= kLongestValue && total_ <= kAllValues;
    }

    /// From the last reference to the first, so that `${A_${B}}` works.
    std::string resolve(const DotenvAssignment &assignment, std::string &undefined) const {
        std::string text = *assignment.value;
        for (auto at = assignment.dollars.rbegin(); at != assignment.dollars.rend(); ++at) {
            const std::string name = referenceAt(text, *at);
            if (name.empty() || text.size() > kLongestValue)
                continue;
            const Dotenv::Entry *found = file_.find(name);
            if (found != nullptr && found->value)
                text.replace(*at, name.size() + 3, *found->value);
            else
                undefined = name;
        }
        return text;
    }

    /// NAME of a `${NAME}`; empty: there is none.
    static std::string referenceAt(const std::string &text, std::size_t at) {
        if (text.compare(at, 2, "${") != 0)
            return {};
        std::size_t end = at + 2;
        while (end < text.size() && (isWordCharacter(text[end]) || text[end] == '.'))
            end++;
        return end < text.size() && text[end] == '}' ? text.substr(at + 2, end - at - 2) : "";
    }

    Dotenv file_;
    std::size_t total_ = 0;
};

} // namespace

std::string_view describe(DotenvError error) {
    switch (error) {
    case DotenvError::InvalidName:
        return "expected NAME=value";
    case DotenvError::UnexpectedEquals:
        return "expected a name before the =";
    case DotenvError::UnexpectedEscape:
        return "in double quotes a backslash must be written \\\\ (or use single quotes)";
    case DotenvError::UnexpectedText:
        return "there is more behind the value's end: a value with blanks needs quotes around it";
    case DotenvError::MissingQuote:
        return "the quote is not closed";
    case DotenvError::TooLong:
        return "the value is too long";
    }
    return "";
}

Dotenv Dotenv::parse(std::string_view text) {
    const std::string valid = replaceInvalidUtf8(text);
    return FileParser().parse(splitLines(withoutByteOrderMark(valid)));
}

const Dotenv::Entry *Dotenv::find(std::string_view name) const {
    const auto found = latest.find(name);
    return found != latest.end() ? &entries[found->second] : nullptr;
}

std::optional<std::string> laravelEnvValue(std::string_view value) {
    const std::string lower = asciiLower(std::string(value));
    if (lower == "null" || lower == "(null)")
        return std::nullopt;
    if (lower == "empty" || lower == "(empty)")
        return "";
    for (const std::string_view word : {"true", "false"})
        if (lower == word || lower == "(" + std::string(word) + ")")
            return std::string(word);
    const bool isQuoted = value.size() >= 2 && value.front() == value.back() &&
                          (value.front() == '"' || value.front() == '\'') &&
                          value.find('\n') == std::string_view::npos;
    return std::string(isQuoted ? value.substr(1, value.size() - 2) : value);
}

} // namespace pregon
