// SPDX-License-Identifier: MIT
#include "fcgi/auth/auth_fields.h"

#include "shared/ascii.h"
#include "shared/url_encoding.h"

#include <algorithm>

namespace pregon {
namespace {

/// `channel_name[0]` or `channels[0]`, with any number.
bool isOfBatch(std::string_view name) {
    for (std::string_view list : {"channel_name[", "channels["})
        if (name.starts_with(list) && name.ends_with(']')) {
            const std::string_view index = name.substr(list.size(), name.size() - list.size() - 1);
            return !index.empty() && std::all_of(index.begin(), index.end(),
                                                 [](char c) { return c >= '0' && c <= '9'; });
        }
    return false;
}

std::string take(FormFields &fields, std::string_view name) {
    const auto found = fields.find(name);
    if (found == fields.end())
        return {};
    std::string value = std::move(found->second);
    fields.erase(found);
    return value;
}

} // namespace

AuthFields authFieldsOf(FormFields fields) {
    AuthFields asked;
    asked.socketId = take(fields, "socket_id");
    std::string single = take(fields, "channel_name");
    for (auto &[name, value] : fields)
        if (isOfBatch(name))
            asked.channels.push_back(value);
    asked.isBatch = !asked.channels.empty();
    std::erase_if(fields, [](const auto &field) { return isOfBatch(field.first); });
    if (!asked.isBatch)
        asked.channels.push_back(std::move(single));
    std::sort(asked.channels.begin(), asked.channels.end());
    asked.channels.erase(std::unique(asked.channels.begin(), asked.channels.end()),
                         asked.channels.end());
    asked.others = std::move(fields);
    return asked;
}

std::string toUrlEncoded(const FormFields &fields) {
    std::string text;
    for (const auto &[name, value] : fields)
        text += (text.empty() ? "" : "&") + percentEncode(name) + "=" + percentEncode(value);
    return text;
}

} // namespace pregon
