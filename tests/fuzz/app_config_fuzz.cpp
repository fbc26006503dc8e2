// SPDX-License-Identifier: MIT

// Any text as a configuration file: a value that is accepted is within its range.

#include "shared/config/app_config.h"
#include "shared/protocol/origin_rules.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto values = parseEnvironmentFile(text, "fuzz");
    (void)parseListenAddress(text);
    (void)checkOriginPattern(text);
    (void)AddressPrefix::parse(text);
    if (!values)
        return 0;
    const auto config = makeAppConfig(*values, {});
    if (config && (config->apps.size() != 1 || config->wsListen.empty() ||
                   config->fcgiThreads < 1 || config->fcgiThreads > 1024 ||
                   config->maxQueuedBytes < 4096 || config->apps[0].pingIntervalSeconds < 1))
        std::abort();
    return 0;
}
