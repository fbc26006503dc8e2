// SPDX-License-Identifier: MIT
#include "shared/auth/jwt.h"

#include "shared/json/json.h"
#include "shared/protocol/hmac_signer.h"

#include <algorithm>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace pregon {
namespace {

template <auto free>
struct FreeWith {
    template <class T>
    void operator()(T *object) const {
        free(object);
    }
};
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

constexpr std::size_t kEcBytes = 32; // of a number on P-256
constexpr int kFewestRsaBits = 2048;

const unsigned char *bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char *>(text.data());
}

std::optional<std::string> decodePart(JsonValue key, const char *name) {
    std::string text = key.find(name).asString().value_or("");
    for (char &c : text)
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    return text.empty() ? std::nullopt : decodeBase64(text);
}

Number numberOf(std::string_view bytes) {
    return Number(::BN_bin2bn(bytesOf(bytes), static_cast<int>(bytes.size()), nullptr));
}

EVP_PKEY *fromParams(const char *type, OSSL_PARAM_BLD *builder) {
    const Params params(::OSSL_PARAM_BLD_to_param(builder));
    const Context context(::EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY *key = nullptr;
    if (params && context && ::EVP_PKEY_fromdata_init(context.get()) == 1)
        ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get());
    return key;
}

EVP_PKEY *rsaOf(JsonValue json) {
    const auto modulus = decodePart(json, "n"), exponent = decodePart(json, "e");
    const Builder builder(::OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !builder)
        return nullptr;
    const Number n = numberOf(*modulus), e = numberOf(*exponent);
    ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    return fromParams("RSA", builder.get());
}

EVP_PKEY *ecOf(JsonValue json) {
    const auto x = decodePart(json, "x"), y = decodePart(json, "y");
    const Builder builder(::OSSL_PARAM_BLD_new());
    if (!x || !y || x->size() != kEcBytes || y->size() != kEcBytes || !builder ||
        json.find("crv").asString() != "P-256")
        return nullptr;
    const std::string point = "\x04" + *x + *y;
    ::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    ::OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size());
    return fromParams("EC", builder.get());
}

std::string hexOf(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += kDigits[static_cast<unsigned char>(c) >> 4];
        text += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

/// A token has the two numbers of an ES256 signature side by side, OpenSSL takes them in DER.
std::string derOf(std::string_view raw) {
    if (raw.size() != 2 * kEcBytes)
        return {};
    const Signature signature(::ECDSA_SIG_new());
    ::ECDSA_SIG_set0(signature.get(), numberOf(raw.substr(0, kEcBytes)).release(),
                     numberOf(raw.substr(kEcBytes)).release());
    unsigned char *der = nullptr;
    const int size = ::i2d_ECDSA_SIG(signature.get(), &der);
    std::string text(reinterpret_cast<char *>(der), static_cast<std::size_t>(std::max(size, 0)));
    ::OPENSSL_free(der);
    return text;
}

} // namespace

/// Fills JwtKeys.
class JwtKeyReader {
  public:
    explicit JwtKeyReader(JwtAlgorithm algorithm) { keys_.algorithm_ = algorithm; }

    Result<JwtKeys> read(std::string_view text) {
        const auto set = JsonDocument::parse(text);
        if (set && set->root().find("keys").isArray())
            set->root().find("keys").forEach(
                [&](std::string_view, JsonValue key) { readJwk(key); });
        else
            readPem(text);
        ::ERR_clear_error();
        if (!fault_.empty())
            return failure(Errc::BadRequest, fault_);
        if (keys_.keys_.empty())
            return failure(Errc::BadRequest,
                           "no public key for the algorithm in PEM or in a JSON Web Key Set");
        return std::move(keys_);
    }

  private:
    /// A set may hold keys of others: of another kind, or for another use.
    void readJwk(JsonValue key) {
        const auto use = key.find("use").asString(), algorithm = key.find("alg").asString();
        if ((use && use != "sig") ||
            (algorithm && findJwtAlgorithm(*algorithm) != keys_.algorithm_))
            return;
        const auto kind = key.find("kty").asString();
        if (kind == "RSA" && keys_.algorithm_ == JwtAlgorithm::Rs256)
            add(rsaOf(key), key.find("kid").asString().value_or(""));
        else if (kind == "EC" && keys_.algorithm_ == JwtAlgorithm::Es256)
            add(ecOf(key), key.find("kid").asString().value_or(""));
    }

    void readPem(std::string_view text) {
        const Bio source(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
        EVP_PKEY *key = ::PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr);
        if (key == nullptr) {
            const Bio again(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
            const Certificate certificate(
                ::PEM_read_bio_X509(again.get(), nullptr, nullptr, nullptr));
            key = certificate ? ::X509_get_pubkey(certificate.get()) : nullptr;
        }
        if (key != nullptr)
            add(key, "");
    }

    void add(EVP_PKEY *raw, std::string id) {
        JwtKeys::Key key{std::move(id), {}};
        key.key.reset(raw);
        const bool isRsa = raw != nullptr && ::EVP_PKEY_is_a(raw, "RSA") == 1;
        char group[32] = "";
        const bool isP256 = raw != nullptr && ::EVP_PKEY_is_a(raw, "EC") == 1 &&
                            ::EVP_PKEY_get_group_name(raw, group, sizeof group, nullptr) == 1 &&
                            std::string_view(group) == "prime256v1";
        if (keys_.algorithm_ == JwtAlgorithm::Rs256 ? !isRsa : !isP256)
            fault_ = "a key that is malformed, or of another kind than the algorithm's";
        else if (isRsa && ::EVP_PKEY_get_bits(raw) < kFewestRsaBits)
            fault_ = "an RSA key of less than 2048 bits";
        else
            keys_.keys_.push_back(std::move(key));
    }

    JwtKeys keys_;
    std::string fault_;
};

void JwtKeys::Free::operator()(evp_pkey_st *key) const {
    ::EVP_PKEY_free(key);
}

Result<JwtKeys> JwtKeys::ofSecret(std::string secret) {
    constexpr std::size_t kShortest = 32;
    if (secret.size() < kShortest)
        return failure(Errc::BadRequest, "HS256 needs a secret of at least 32 bytes");
    JwtKeys keys;
    keys.secret_.emplace(std::move(secret));
    return keys;
}

Result<JwtKeys> JwtKeys::ofText(std::string_view text, JwtAlgorithm algorithm) {
    if (algorithm == JwtAlgorithm::Hs256)
        return failure(Errc::BadRequest, "HS256 has a secret and no public key");
    return JwtKeyReader(algorithm).read(text);
}

bool JwtKeys::verify(std::string_view text, std::string_view signature,
                     std::string_view keyId) const {
    if (secret_)
        return equalInConstantTime(hmacSha256Hex(*secret_, text), hexOf(signature));
    for (const Key &key : keys_) {
        const bool isNamed = keyId.empty() || key.id.empty() ? keys_.size() == 1 : key.id == keyId;
        if (!isNamed)
            continue;
        const std::string der =
            algorithm_ == JwtAlgorithm::Es256 ? derOf(signature) : std::string(signature);
        const Digest digest(::EVP_MD_CTX_new());
        const bool isGood = !der.empty() &&
                            ::EVP_DigestVerifyInit(digest.get(), nullptr, ::EVP_sha256(), nullptr,
                                                   key.key.get()) == 1 &&
                            ::EVP_DigestVerify(digest.get(), bytesOf(der), der.size(),
                                               bytesOf(text), text.size()) == 1;
        ::ERR_clear_error();
        if (isGood)
            return true;
    }
    return false;
}

} // namespace pregon
