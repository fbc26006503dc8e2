// SPDX-License-Identifier: MIT
#include "shared/auth/laravel_cookie.h"

#include "shared/ascii.h"
#include "shared/json/json.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/url_encoding.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::size_t kMaxValue = 8192; // browsers keep 4 KiB
constexpr std::size_t kPrefixLength = 40;

/// `{"iv":…,"value":…,"mac":…,"tag":…}`, as they appear: in base64, and the MAC in hex.
struct Envelope {
    std::string iv, value, mac, tag;
};

std::optional<Envelope> readEnvelope(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document)
        return std::nullopt;
    const auto iv = document->root().find("iv").asString();
    const auto value = document->root().find("value").asString();
    const auto mac = document->root().find("mac").asString();
    const JsonValue tag = document->root().find("tag"); // older releases write none
    if (!iv || !value || !mac || (tag.exists() && !tag.isNull() && !tag.isString()))
        return std::nullopt;
    return Envelope{*iv, *value, *mac, tag.asString().value_or("")};
}

Result<SecretKey> readKey(std::string_view text, const Cipher &cipher) {
    constexpr std::string_view kBase64 = "base64:";
    std::optional<std::string> bytes(text);
    if (text.starts_with(kBase64))
        bytes = decodeBase64(text.substr(kBase64.size()));
    if (!bytes)
        return failure(Errc::BadRequest, "what follows base64: is no base64");
    SecretKey key(std::move(*bytes));
    if (key.bytes().size() != cipher.keyBytes)
        return failure(Errc::BadRequest, "the key has " + std::to_string(key.bytes().size()) +
                                             " bytes; " + std::string(cipher.name) + " needs " +
                                             std::to_string(cipher.keyBytes));
    return key;
}

} // namespace

Result<LaravelCookie> LaravelCookie::make(std::string_view key,
                                          const std::vector<std::string> &previousKeys,
                                          std::string_view cipher) {
    LaravelCookie cookie;
    cookie.cipher_ = findCipher(cipher);
    if (cookie.cipher_ == nullptr)
        return failure(Errc::BadRequest, "PREGON_APP_CIPHER: expected AES-128-CBC, AES-256-CBC, "
                                         "AES-128-GCM or AES-256-GCM");
    auto current = readKey(key, *cookie.cipher_);
    if (!current)
        return failure(Errc::BadRequest, "PREGON_APP_KEY: " + current.error().reason);
    cookie.keys_.push_back(std::move(*current));
    for (const std::string &text : previousKeys) {
        auto previous = readKey(text, *cookie.cipher_);
        if (!previous)
            return failure(Errc::BadRequest,
                           "PREGON_APP_PREVIOUS_KEYS: " + previous.error().reason);
        cookie.keys_.push_back(std::move(*previous));
    }
    return cookie;
}

std::optional<std::string> LaravelCookie::decryptEnvelope(std::string_view value) const {
    // A `+` stays: base64 has it.
    const auto json = decodeBase64(percentDecode(value, PlusSign::IsPlus));
    const auto envelope = json ? readEnvelope(*json) : std::nullopt;
    if (!envelope || (cipher_->isAuthenticated ? !envelope->mac.empty() : !envelope->tag.empty()))
        return std::nullopt;
    const auto iv = decodeBase64(envelope->iv);
    const auto text = decodeBase64(envelope->value);
    const auto tag = decodeBase64(envelope->tag);
    if (!iv || !text || !tag)
        return std::nullopt;
    for (const SecretKey &key : keys_) {
        const std::string mac = cipher_->isAuthenticated
                                    ? std::string()
                                    : hmacSha256Hex(key, envelope->iv + envelope->value);
        if (!equalInConstantTime(mac, envelope->mac))
            continue;
        if (auto plain = decrypt(*cipher_, key, *iv, *text, *tag))
            return plain;
    }
    return std::nullopt;
}

bool LaravelCookie::isPrefixOf(std::string_view name, std::string_view prefix) const {
    const std::string bound = std::string(name) + "v2";
    return std::any_of(keys_.begin(), keys_.end(), [&](const SecretKey &key) {
        return equalInConstantTime(hmacSha1Hex(key, bound), prefix);
    });
}

std::optional<std::string> LaravelCookie::open(std::string_view name,
                                               std::string_view value) const {
    if (value.size() > kMaxValue)
        return std::nullopt;
    const auto plain = decryptEnvelope(value);
    if (!plain || plain->size() <= kPrefixLength || (*plain)[kPrefixLength] != '|' ||
        !isPrefixOf(name, std::string_view(*plain).substr(0, kPrefixLength)))
        return std::nullopt;
    return plain->substr(kPrefixLength + 1);
}

std::optional<std::string_view> cookieValue(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const std::size_t end = std::min(header.find(';'), header.size());
        const std::string_view pair = trimLine(header.substr(0, end));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return pair.substr(equals + 1);
        header.remove_prefix(std::min(end + 1, header.size()));
    }
    return std::nullopt;
}

} // namespace pregon
