// SPDX-License-Identifier: MIT
#include "shared/json/json.h"

#include "shared/json/json_scan.h"

#include <cjson/cJSON.h>
#include <cmath>

namespace pregon {
namespace {

/// True if a valid JSON text contains the escape of a NUL, not only a backslash before its letters.
bool hasNulEscape(std::string_view text) {
    for (std::size_t at = text.find('\\'); at != std::string_view::npos;
         at = text.find('\\', at + 2)) // an escape is never shorter than two characters
        if (text.substr(at, 6) == "\\u0000")
            return true;
    return false;
}

} // namespace

bool JsonValue::isNull() const {
    return cJSON_IsNull(node_);
}

bool JsonValue::isBoolean() const {
    return cJSON_IsBool(node_);
}

bool JsonValue::isNumber() const {
    return cJSON_IsNumber(node_);
}

bool JsonValue::isString() const {
    return cJSON_IsString(node_);
}

bool JsonValue::isArray() const {
    return cJSON_IsArray(node_);
}

bool JsonValue::isObject() const {
    return cJSON_IsObject(node_);
}

JsonValue JsonValue::find(std::string_view name) const {
    const cJSON *found = nullptr;
    if (isObject())
        for (const cJSON *child = node_->child; child != nullptr; child = child->next)
            if (name == child->string)
                found = child;
    return JsonValue(found);
}

std::optional<std::string> JsonValue::asString() const {
    if (!isString())
        return std::nullopt;
    return node_->valuestring;
}

std::optional<bool> JsonValue::asBoolean() const {
    if (!isBoolean())
        return std::nullopt;
    return cJSON_IsTrue(node_);
}

std::optional<std::int64_t> JsonValue::asInteger() const {
    constexpr double kExact = 9007199254740992.0; // 2^53: every integer up to here has a double
    if (!isNumber() || std::trunc(node_->valuedouble) != node_->valuedouble ||
        std::fabs(node_->valuedouble) > kExact)
        return std::nullopt;
    return static_cast<std::int64_t>(node_->valuedouble);
}

std::optional<std::string> JsonValue::asNumberText() const {
    if (!isNumber() || !std::isfinite(node_->valuedouble))
        return std::nullopt;
    return print();
}

std::size_t JsonValue::size() const {
    return isArray() || isObject() ? static_cast<std::size_t>(cJSON_GetArraySize(node_)) : 0;
}

void JsonValue::forEach(
    const std::function<void(std::string_view name, JsonValue value)> &visit) const {
    if (!isArray() && !isObject())
        return;
    for (const cJSON *child = node_->child; child != nullptr; child = child->next)
        visit(child->string != nullptr ? child->string : "", JsonValue(child));
}

std::string JsonValue::print() const {
    if (node_ == nullptr)
        return "null";
    char *text = cJSON_PrintUnformatted(node_);
    const std::string printed = text != nullptr ? text : "null";
    cJSON_free(text);
    return printed;
}

void JsonDocument::Delete::operator()(cJSON *node) const {
    cJSON_Delete(node);
}

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
    if (const auto valid = validateJson(text); !valid)
        return tl::unexpected<Error>(valid.error());
    if (hasNulEscape(text))
        return failure(Errc::BadRequest, "a NUL character in JSON");
    JsonDocument document;
    document.node_.reset(cJSON_ParseWithLength(text.data(), text.size()));
    if (document.node_ == nullptr)
        return failure(Errc::BadRequest, "malformed JSON");
    return document;
}

void JsonWriter::separate() {
    if (text_.empty())
        return;
    const char last = text_.back();
    if (last != '{' && last != '[' && last != ':')
        text_ += ',';
}

JsonWriter &JsonWriter::beginObject() {
    return raw("{");
}

JsonWriter &JsonWriter::endObject() {
    text_ += '}';
    return *this;
}

JsonWriter &JsonWriter::beginArray() {
    return raw("[");
}

JsonWriter &JsonWriter::endArray() {
    text_ += ']';
    return *this;
}

JsonWriter &JsonWriter::key(std::string_view name) {
    separate();
    appendJsonString(text_, name);
    text_ += ':';
    return *this;
}

JsonWriter &JsonWriter::string(std::string_view text) {
    separate();
    appendJsonString(text_, text);
    return *this;
}

JsonWriter &JsonWriter::number(std::int64_t value) {
    return raw(std::to_string(value));
}

JsonWriter &JsonWriter::boolean(bool value) {
    return raw(value ? "true" : "false");
}

JsonWriter &JsonWriter::null() {
    return raw("null");
}

JsonWriter &JsonWriter::raw(std::string_view text) {
    separate();
    text_ += text;
    return *this;
}

} // namespace pregon
