// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pregon {

/// What begins at a JSON value. Missing: the object has no such member.
enum class JsonKind { Missing, Null, Boolean, Number, String, Array, Object };

/// A value as a slice of the scanned text: nothing is converted, so that what passes through
/// (event data, user_info, client-event data) leaves exactly as it came: key order, large integers,
/// escapes. Valid as long as the scanned text.
struct JsonSlice {
    JsonKind kind = JsonKind::Missing;
    std::string_view raw; ///< with the quotes, for a String

    bool isMissing() const { return kind == JsonKind::Missing; }
    bool isNull() const { return kind == JsonKind::Null; }
    bool isString() const { return kind == JsonKind::String; }
    bool isObject() const { return kind == JsonKind::Object; }
};

/// Levels of arrays and objects accepted by default; PHP's json_decode has the same limit.
inline constexpr std::size_t kMaxJsonDepth = 512;

/// Checks that `text` is one JSON object by RFC 8259 (valid UTF-8, no lone surrogate escape, no
/// byte before or after but white space, at most kMaxJsonDepth levels) and fills `found[i]` with
/// the member named `names[i]`; the last of equal names wins. BadRequest otherwise. No allocation.
Result<Done> scanJsonObject(std::string_view text, std::span<const std::string_view> names,
                            std::span<JsonSlice> found);

template <std::size_t N>
Result<std::array<JsonSlice, N>> scanJsonObject(std::string_view text,
                                                const std::string_view (&names)[N]) {
    std::array<JsonSlice, N> found;
    const auto scanned =
        scanJsonObject(text, std::span<const std::string_view>(names), std::span<JsonSlice>(found));
    if (!scanned)
        return tl::unexpected<Error>(scanned.error());
    return found;
}

/// Calls `visit` for each element of a JSON array, in order, until it answers false.
Result<Done> scanJsonArray(std::string_view text, const std::function<bool(JsonSlice)> &visit);

/// Checks that `text` is one JSON value of any kind, as strictly as scanJsonObject.
Result<Done> validateJson(std::string_view text);

/// The characters that a scanned String stands for. `raw` must come from a scan: it is not checked
/// again.
std::string decodeJsonString(std::string_view raw);

/// The length in bytes of decodeJsonString(raw), without building it.
std::size_t decodedJsonLength(std::string_view raw);

/// Appends `text` as a JSON string with its quotes. Escapes `"`, `\` and U+0000 to U+001F; the rest
/// is passed as it is and must be valid UTF-8.
void appendJsonString(std::string &out, std::string_view text);

/// True if `text` is well-formed UTF-8 (no overlong form, no surrogate, at most U+10FFFF).
bool isValidUtf8(std::string_view text);
/// For the beginning of a text: the number of bytes of its complete characters; at most a part of
/// one more character follows. nullopt if no continuation could make it well-formed UTF-8.
std::optional<std::size_t> wholeCharacters(std::string_view beginning);

/// Code points in valid UTF-8.
std::size_t countCodePoints(std::string_view text);

} // namespace pregon
