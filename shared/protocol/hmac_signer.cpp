// SPDX-License-Identifier: MIT
#include "shared/protocol/hmac_signer.h"

#include <cassert>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace pregon {
namespace {

std::string toHex(const unsigned char *bytes, std::size_t length) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(length * 2);
    for (std::size_t i = 0; i < length; i++) {
        text += kDigits[bytes[i] >> 4];
        text += kDigits[bytes[i] & 15];
    }
    return text;
}

std::string toBase64(const unsigned char *bytes, std::size_t length) {
    std::string text((length + 2) / 3 * 4 + 1, '\0'); // and a NUL
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char *>(text.data()), bytes, static_cast<int>(length))));
    return text;
}

std::string digestHex(const EVP_MD *algorithm, std::string_view text) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const int done = EVP_Digest(text.data(), text.size(), bytes, &length, algorithm, nullptr);
    assert(done == 1);
    return toHex(bytes, length);
}

void randomBytes(unsigned char *bytes, std::size_t length) {
    const int done = RAND_bytes(bytes, static_cast<int>(length));
    assert(done == 1); // without randomness every secret would be a guess
}

} // namespace

std::string HmacSigner::sign(std::string_view text) const {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const auto *data = reinterpret_cast<const unsigned char *>(text.data());
    const auto *done = HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), data,
                            text.size(), bytes, &length);
    assert(done != nullptr);
    return toHex(bytes, length);
}

bool HmacSigner::verify(std::string_view text, std::string_view signature) const {
    return equalInConstantTime(sign(text), signature);
}

std::string sha256Hex(std::string_view text) {
    return digestHex(EVP_sha256(), text);
}

std::string sha1Hex(std::string_view text) {
    return digestHex(EVP_sha1(), text);
}

std::string md5Hex(std::string_view text) {
    return digestHex(EVP_md5(), text);
}

std::string webSocketAccept(std::string_view key) {
    const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const int done = EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha1(), nullptr);
    assert(done == 1);
    return toBase64(digest, length);
}

std::string sha256Base64(std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const int done = EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
    assert(done == 1);
    return toBase64(digest, length);
}

bool equalInConstantTime(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string randomText(std::size_t length, std::string_view alphabet) {
    const auto limit = static_cast<unsigned>(256 - 256 % alphabet.size());
    std::string text;
    while (text.size() < length) {
        unsigned char byte = 0;
        randomBytes(&byte, 1);
        if (byte < limit) // the rest of the range would favour the first characters
            text += alphabet[byte % alphabet.size()];
    }
    return text;
}

unsigned randomNumber(unsigned maximum) {
    const unsigned limit = ~0u - ~0u % maximum;
    unsigned value = 0;
    do
        randomBytes(reinterpret_cast<unsigned char *>(&value), sizeof value);
    while (value >= limit);
    return value % maximum + 1;
}

} // namespace pregon
