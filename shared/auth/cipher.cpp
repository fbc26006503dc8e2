// SPDX-License-Identifier: MIT
#include "shared/auth/cipher.h"

#include "shared/ascii.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace pregon {
namespace {

constexpr Cipher kCiphers[] = {
    {"aes-128-cbc", 16, 16, false},
    {"aes-256-cbc", 32, 16, false},
    {"aes-128-gcm", 16, 12, true},
    {"aes-256-gcm", 32, 12, true},
};
constexpr std::size_t kTagBytes = 16;

const unsigned char *bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char *>(text.data());
}

std::string hmacHex(const EVP_MD *algorithm, const SecretKey &key, std::string_view text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const auto *done = HMAC(algorithm, key.bytes().data(), static_cast<int>(key.bytes().size()),
                            bytesOf(text), text.size(), bytes, &length);
    assert(done != nullptr);
    std::string hex;
    for (unsigned i = 0; i < length; i++) {
        hex += kDigits[bytes[i] >> 4];
        hex += kDigits[bytes[i] & 15];
    }
    return hex;
}

struct FreeContext {
    void operator()(EVP_CIPHER_CTX *context) const { EVP_CIPHER_CTX_free(context); }
};

} // namespace

void wipe(std::string &text) {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

SecretKey::SecretKey(SecretKey &&other) noexcept : bytes_(other.bytes_) {
    wipe(other.bytes_); // a short text is copied by a move
}

SecretKey::~SecretKey() {
    wipe(bytes_);
}

const Cipher *findCipher(std::string_view name) {
    const std::string lower = asciiLower(std::string(name));
    for (const Cipher &cipher : kCiphers)
        if (cipher.name == lower)
            return &cipher;
    return nullptr;
}

std::optional<std::string> decrypt(const Cipher &cipher, const SecretKey &key, std::string_view iv,
                                   std::string_view text, std::string_view tag) {
    const std::size_t tagBytes = cipher.isAuthenticated ? kTagBytes : 0;
    if (key.bytes().size() != cipher.keyBytes || iv.size() != cipher.ivBytes ||
        tag.size() != tagBytes || text.size() > std::numeric_limits<int>::max() / 2)
        return std::nullopt;
    const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
    const EVP_CIPHER *algorithm = EVP_get_cipherbyname(std::string(cipher.name).c_str());
    if (context == nullptr || algorithm == nullptr)
        return std::nullopt;
    std::string tagCopy(tag); // the library takes it writable
    std::string plain(text.size() + EVP_MAX_BLOCK_LENGTH, '\0');
    auto *out = reinterpret_cast<unsigned char *>(plain.data());
    int length = 0, rest = 0;
    const bool isDone =
        EVP_DecryptInit_ex(context.get(), algorithm, nullptr, bytesOf(key.bytes()), bytesOf(iv)) ==
            1 &&
        (tag.empty() || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                                            static_cast<int>(tag.size()), tagCopy.data()) == 1) &&
        EVP_DecryptUpdate(context.get(), out, &length, bytesOf(text),
                          static_cast<int>(text.size())) == 1 &&
        EVP_DecryptFinal_ex(context.get(), out + length, &rest) == 1;
    if (!isDone) {
        wipe(plain); // of a wrong tag, too
        return std::nullopt;
    }
    plain.resize(static_cast<std::size_t>(length) + static_cast<std::size_t>(rest));
    return plain;
}

std::string hmacSha256Hex(const SecretKey &key, std::string_view text) {
    return hmacHex(EVP_sha256(), key, text);
}

std::string hmacSha1Hex(const SecretKey &key, std::string_view text) {
    return hmacHex(EVP_sha1(), key, text);
}

std::optional<std::string> decodeBase64(std::string_view text) {
    const auto isDigit = [](char c) {
        return (isWordCharacter(c) && c != '_') || c == '+' || c == '/';
    };
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        padding++;
    }
    const std::size_t missing = (4 - text.size() % 4) % 4;
    if (missing == 3 || (padding > 0 && padding != missing) ||
        !std::all_of(text.begin(), text.end(), isDigit))
        return std::nullopt;
    std::string padded = std::string(text) + std::string(missing, '=');
    std::string bytes(padded.size() / 4 * 3 + 1, '\0'); // and the library's NUL
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char *>(bytes.data()),
                                       bytesOf(padded), static_cast<int>(padded.size()));
    wipe(padded); // it may be a key
    if (length < 0)
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(length) - missing);
    return bytes;
}

} // namespace pregon
