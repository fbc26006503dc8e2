// SPDX-License-Identifier: MIT

// Any Authorization header: the token in it is looked up in a store that has one, whose holder
// alone is somebody.

#include "shared/auth/token_store.h"
#include "shared/protocol/hmac_signer.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

namespace {

Database makeStore() {
    Database database =
        std::move(*Database::open(std::string("sqlite::memory:"), Database::IfMissing::Create));
    const bool made =
        database.execute("CREATE TABLE users (id integer primary key, name varchar)") &&
        database.execute("INSERT INTO users VALUES (1, 'Ana')") &&
        database.execute(
            "CREATE TABLE personal_access_tokens (id integer primary key, "
            "tokenable_type varchar, tokenable_id integer, token varchar, abilities "
            "text, last_used_at datetime, expires_at datetime, created_at datetime)") &&
        database.execute("INSERT INTO personal_access_tokens (id, tokenable_type, tokenable_id, "
                         "token) VALUES (12, 'user', 1, :hash)",
                         {sha256Hex("plain")});
    if (!made)
        std::abort();
    return database;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    static Database database = makeStore();
    static const TokenSettings settings{.userTypes = {"user"}, .users = {.columns = {"name"}}};
    static const SystemClock clock;
    const std::string_view token = bearerToken({reinterpret_cast<const char *>(data), size});
    const auto found = TokenStore(database, clock, settings).find(token);
    if (!found) // no text is an error
        std::abort();
    if (*found && token != "plain" && token != "12|plain")
        std::abort();
    return 0;
}
