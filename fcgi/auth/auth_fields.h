// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/form_fields.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What an auth request asks for. A batch names its channels in `channel_name[0]`,
/// `channel_name[1]`, … as the package pusher-js-auth does, or in the list `channels` (or
/// `channel_name`) of a JSON body. Pure.
struct AuthFields {
    std::string socketId;
    std::vector<std::string> channels; ///< distinct; not a batch: one, empty if it is missing
    bool isBatch = false;
    FormFields others; ///< the rest
};

AuthFields authFieldsOf(FormFields fields);

/// `a=1&b=2`, percent-encoded.
std::string toUrlEncoded(const FormFields &fields);

} // namespace pregon
