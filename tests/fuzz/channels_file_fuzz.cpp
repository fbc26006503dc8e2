// SPDX-License-Identifier: MIT

// A channels.json, and behind a line of its own a channel: whatever is accepted can be asked.

#include "shared/auth/bound_query.h"
#include "shared/auth/channel_authorizer.h"
#include "shared/auth/doubtful_rules.h"
#include "shared/protocol/channel_rules.h"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace pregon;

namespace {

Database &memory() {
    static Database database =
        std::move(*Database::open(std::string("sqlite::memory:"), Database::IfMissing::Create));
    return database;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::size_t end = std::min(text.rfind('\n'), text.size());
    const std::string_view channel = text.substr(std::min(end + 1, text.size()));
    (void)bindNames(text);
    const auto rules = ChannelAuthorizer::parse(text.substr(0, end));
    if (rules)
        (void)doubtfulRules(rules->rules());
    // Names are checked before rules are asked. SQL is the operator's: it is not run here.
    if (!rules || !ChannelRules::isValidName(channel) || text.find("query") != text.npos ||
        text.find('\\') != text.npos)
        return 0;
    const User user{"1", {{"id", "1"}, {"name", "a"}, {"role", std::nullopt}}};
    if (!rules->authorize(user, channel, memory()))
        std::abort();
    return 0;
}
