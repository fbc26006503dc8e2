// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct cJSON;

namespace pregon {

/// One value of a parsed document. Borrows: valid while its JsonDocument lives. A missing member is
/// a value too, for which every question answers no.
class JsonValue {
  public:
    JsonValue() = default;
    explicit JsonValue(const cJSON *node) : node_(node) {}

    bool exists() const { return node_ != nullptr; }
    bool isNull() const;
    bool isBoolean() const;
    bool isNumber() const;
    bool isString() const;
    bool isArray() const;
    bool isObject() const;

    /// The member of that name (the last one, if there are several). Missing if there is none or
    /// this is not an object.
    JsonValue find(std::string_view name) const;
    std::optional<std::string> asString() const;
    std::optional<bool> asBoolean() const;
    /// A number without fraction that fits; nullopt else.
    std::optional<std::int64_t> asInteger() const;
    /// A number as the shortest decimal text, e.g. `25.5`; nullopt if it is beyond a double.
    std::optional<std::string> asNumberText() const;
    std::size_t size() const;
    /// Each element of an array, or each member of an object with its name, in order.
    void forEach(const std::function<void(std::string_view name, JsonValue value)> &visit) const;
    /// The value as JSON text.
    std::string print() const;

  private:
    const cJSON *node_ = nullptr;
};

/// Owns a parsed text.
class JsonDocument {
  public:
    /// As strict as scanJsonObject, of any kind; also refuses `\u0000`, which a C string cannot
    /// hold. BadRequest.
    static Result<JsonDocument> parse(std::string_view text);
    JsonValue root() const { return JsonValue(node_.get()); }

  private:
    struct Delete {
        void operator()(cJSON *node) const;
    };
    std::unique_ptr<cJSON, Delete> node_;
};

/// Builds JSON text in the order of the calls; commas are put where they belong.
class JsonWriter {
  public:
    JsonWriter &beginObject();
    JsonWriter &endObject();
    JsonWriter &beginArray();
    JsonWriter &endArray();
    JsonWriter &key(std::string_view name);
    JsonWriter &string(std::string_view text);
    JsonWriter &number(std::int64_t value);
    JsonWriter &boolean(bool value);
    JsonWriter &null();
    /// `text` is JSON already.
    JsonWriter &raw(std::string_view text);

    const std::string &text() const { return text_; }
    std::string take() { return std::move(text_); }

  private:
    void separate();
    std::string text_;
};

} // namespace pregon
