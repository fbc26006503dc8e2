// SPDX-License-Identifier: MIT

// A routes/channels.php, or a model's file: whatever is made of it is a channels.json that the
// daemons take.

#include "ctl/import/channel_import.h"
#include "shared/auth/channels_file.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    Models models;
    (void)readModel(text);
    const auto import = importChannels(text, models);
    if (import && !parseChannelsFile(import->json(), import->columns))
        std::abort();
    return 0;
}
