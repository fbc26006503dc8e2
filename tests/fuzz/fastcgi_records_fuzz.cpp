// SPDX-License-Identifier: MIT

// Any bytes of a web server: however they are cut, the request is whole at the same byte.

#include "fcgi/http/record_walk.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char *>(data), size);
    RecordWalk walk;
    bool isWhole = false;
    for (std::size_t length = 0; length <= size && !isWhole; length++) {
        isWhole = walk.isWhole(bytes.substr(0, length));
        if (isWhole != RecordWalk().isWhole(bytes.substr(0, length)))
            std::abort();
    }
    if (isWhole != RecordWalk().isWhole(bytes))
        std::abort();
    return 0;
}
