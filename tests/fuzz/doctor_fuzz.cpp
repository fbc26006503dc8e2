// SPDX-License-Identifier: MIT

// What pregonctl doctor reads of others: nginx's files, a Laravel .env, the head of an answer,
// a page and its scripts.

#include "ctl/doctor/page_script.h"
#include "ctl/import/laravel_env.h"
#include "ctl/nginx/nginx_place.h"
#include "ctl/probe/answerer.h"
#include "ctl/probe/response_head.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace pregon;
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto env = LaravelEnv::parse(text, ".env");
    (void)env.where("REVERB_HOST");
    if (const std::size_t length = responseHeadLength(text); length > 0)
        if (const auto head = parseResponseHead(text.substr(0, length)))
            (void)answererOf({*head, std::string(text.substr(length))});
    (void)parseResponseHead(text);
    (void)nginxMilliseconds(text);
    (void)nginxBytes(text);
    (void)echoKeyIn(text);
    (void)hasLiteral(text, "key");
    (void)scriptPathsIn(text, "https://example.com");
    NginxDirective file;
    auto block = parseNginx(text, "f", [](const std::string &, auto &) { return Done{}; });
    if (!block)
        return 0;
    file.block = std::move(*block);
    for (const char *path : {"/app/key", "/up"})
        if (const auto place = findNginxPlace(file, "localhost", 80, path))
            (void)place->setting("proxy_read_timeout");
    (void)findNginxLocation(file, "/app/");
    return 0;
}
