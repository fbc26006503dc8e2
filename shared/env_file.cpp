#include "shared/env_file.h"

#include "shared/ascii.h"

#include <algorithm>
#include <unistd.h>

extern char **environ;

namespace pregon {
namespace {

bool isKeyName(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), isWordCharacter);
}

bool isOurs(std::string_view key) {
    return key.starts_with("PREGON_") || key.starts_with("REVERB_") || key.starts_with("REDIS_");
}

enum class Keys { Ours, All };

Result<Done> parseLine(std::string_view line, Keys keys, Environment &values) {
    line = trimLine(line);
    if (line.empty() || line.starts_with('#'))
        return Done{};
    if (line.starts_with("export "))
        line = trimLine(line.substr(7));
    const std::size_t equals = line.find('=');
    const std::string_view key = trimLine(line.substr(0, equals));
    if (equals == std::string_view::npos || !isKeyName(key))
        return failure(Errc::BadRequest, "expected KEY=value");
    if (keys == Keys::Ours && !isOurs(key))
        return Done{};
    const auto value = parseEnvironmentValue(trimLine(line.substr(equals + 1)));
    if (!value)
        return failure(Errc::BadRequest, std::string(key) + ": " + value.error().reason);
    if (keys == Keys::Ours && value->find("${") != std::string::npos)
        return failure(Errc::BadRequest, std::string(key) + ": ${…} is not replaced here");
    values[std::string(key)] = *value;
    return Done{};
}

Result<Environment> parseLines(std::string_view text, std::string_view file, Keys keys) {
    Environment values;
    for (std::size_t number = 1; !text.empty(); number++) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (const auto parsed = parseLine(text.substr(0, end), keys, values); !parsed)
            return failure(Errc::BadRequest, std::string(file) + ":" + std::to_string(number) +
                                                 ": " + parsed.error().reason);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return values;
}

} // namespace

Result<std::string> parseEnvironmentValue(std::string_view text) {
    if (text.starts_with('\'')) {
        const std::size_t end = text.find('\'', 1);
        if (end == std::string_view::npos)
            return failure(Errc::BadRequest, "quote not closed");
        return std::string(text.substr(1, end - 1));
    }
    if (text.starts_with('#')) // `KEY= # nothing`
        return std::string();
    if (!text.starts_with('"')) {
        const std::size_t comment = std::min(text.find(" #"), text.find("\t#"));
        return std::string(trimLine(text.substr(0, comment)));
    }
    std::string value;
    for (std::size_t i = 1; i < text.size(); i++) {
        if (text[i] == '"')
            return value;
        if (text[i] == '\\' && i + 1 < text.size())
            value += text[++i] == 'n' ? '\n' : text[i];
        else
            value += text[i];
    }
    return failure(Errc::BadRequest, "quote not closed");
}

Result<Environment> parseEnvironmentFile(std::string_view text, std::string_view file) {
    return parseLines(text, file, Keys::Ours);
}

Result<Environment> parseAnyEnvironmentFile(std::string_view text, std::string_view file) {
    return parseLines(text, file, Keys::All);
}

std::string lineOfKey(std::string_view text, std::string_view key) {
    std::size_t number = 0;
    std::string found;
    while (!text.empty()) {
        number++;
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = trimLine(text.substr(0, end));
        if (line.starts_with("export "))
            line = trimLine(line.substr(7));
        if (line.starts_with(key) && trimLine(line.substr(key.size())).starts_with('='))
            found = std::to_string(number);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

Environment processEnvironment() {
    Environment values;
    for (char **entry = environ; *entry != nullptr; entry++) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos && isOurs(text))
            values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
    return values;
}

} // namespace pregon
