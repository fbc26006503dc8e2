// SPDX-License-Identifier: MIT
#include "ctl/store/password_hash.h"

#include "shared/json/json_scan.h"

#include <crypt.h>
#include <memory>

namespace pregon {

Result<std::string> hashPassword(const std::string &password) {
    constexpr std::size_t kShortest = 8, kMostBytes = 72;
    constexpr unsigned long kRounds = 12;
    if (countCodePoints(password) < kShortest)
        return failure(Errc::BadRequest, "a password has at least 8 characters");
    if (password.size() > kMostBytes || password.find('\0') != std::string::npos)
        return failure(Errc::BadRequest, "a password has at most 72 bytes, none of them zero");
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    if (::crypt_gensalt_rn("$2y$", kRounds, nullptr, 0, salt, sizeof salt) == nullptr)
        return failure(Errc::Internal, "libcrypt makes no bcrypt");
    const auto data = std::make_unique<crypt_data>(); // 32 kB
    const char *hash = ::crypt_rn(password.c_str(), salt, data.get(), sizeof(crypt_data));
    if (hash == nullptr)
        return failure(Errc::Internal, "libcrypt makes no bcrypt");
    return std::string(hash);
}

} // namespace pregon
