// SPDX-License-Identifier: MIT
#include "shared/small_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace pregon {

Result<std::string> readSmallFile(const std::string &path) {
    constexpr std::size_t kMaxSize = 1 << 20;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return failure(Errc::Unavailable, path + ": " + std::strerror(errno));
    std::string text(kMaxSize + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad())
        return failure(Errc::Unavailable, path + ": cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kMaxSize)
        return failure(Errc::TooLarge, path + ": larger than 1 MiB");
    return text;
}

} // namespace pregon
