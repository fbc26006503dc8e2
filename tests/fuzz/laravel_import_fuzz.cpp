// SPDX-License-Identifier: MIT

// What `pregonctl import` reads of an application: its .env, and behind a line of `<?php` a file of
// its configuration. What is taken holds no line end and can be written.

#include "ctl/import/laravel_settings.h"
#include "shared/store/database_url.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace pregon;
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t php = std::min(text.find("<?php"), text.size());
    LaravelSource source;
    source.env = LaravelEnv::parse(text.substr(0, php), ".env");
    source.folder = "/srv/app";
    source.cors = source.reverb = source.database = PhpConfig::parse(text.substr(php), source.env);
    const LaravelSettings settings = readLaravelSettings(source);
    const std::string database = settings.valueOf("PREGON_DATABASE");
    if (!database.empty() && !parseDatabaseUrl(database))
        std::abort();
    return 0;
}
