// SPDX-License-Identifier: MIT

// Any bytes as a file in phpdotenv's language: its values are bounded, its lines are in the file,
// and what `pregonctl import` would write of a value is read back as that value.

#include "shared/config/dotenv_line.h"
#include "shared/config/env_file.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace pregon;

namespace {

void require(bool holds) {
    if (!holds)
        std::abort();
}

void checkRoundTrip(const std::string &value) {
    const std::string line = dotenvLine("REVERB_APP_KEY", value);
    const Dotenv again = Dotenv::parse("A=1\n" + line + "B=1\n");
    require(again.faults.empty() && again.passedOver.empty() && again.entries.size() == 3);
    require(ourVariables(again).at("REVERB_APP_KEY") == value && again.entries[1].line == 2);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto lines =
        1 + std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
    const Dotenv file = Dotenv::parse(text);
    for (const auto &entry : file.entries) {
        require(entry.line >= 1 && entry.line <= static_cast<std::size_t>(lines));
        require(!entry.value || entry.value->size() <= 64 << 10);
        require(file.find(entry.name) != nullptr);
        if (entry.value)
            checkRoundTrip(*entry.value);
    }
    for (const auto &fault : lineFaults(file))
        require(fault.line >= 1 && fault.line <= static_cast<std::size_t>(lines));
    return 0;
}
