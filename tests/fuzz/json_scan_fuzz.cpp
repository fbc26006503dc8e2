// SPDX-License-Identifier: MIT

// Any bytes as JSON: our scanner and the parser behind JsonDocument agree on what is well-formed,
// and what is decoded can be written and read again.

#include "shared/json/json.h"
#include "shared/json/json_scan.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

namespace {

void require(bool condition) {
    if (!condition)
        std::abort();
}

void checkString(const JsonSlice &slice) {
    const std::string text = decodeJsonString(slice.raw);
    require(decodedJsonLength(slice.raw) == text.size() && isValidUtf8(text));
    std::string written;
    appendJsonString(written, text);
    require(validateJson(written).has_value() && decodeJsonString(written) == text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const bool isValid = validateJson(text).has_value();
    if (isValid)
        require(isValidUtf8(text));
    if (const auto found = scanJsonObject(text, {"a", "event", "data"}))
        for (const JsonSlice &slice : *found) {
            require(slice.isMissing() || validateJson(slice.raw).has_value());
            if (slice.isString())
                checkString(slice);
        }
    (void)scanJsonArray(text, [](JsonSlice element) {
        require(validateJson(element.raw).has_value());
        return true;
    });
    if (const auto document = JsonDocument::parse(text))
        require(isValid && document->root().exists());
    return 0;
}
