// SPDX-License-Identifier: MIT

// Any bytes as the spool file of an endpoint: what is read of it is written again and read the
// same.

#include "webhookd/endpoint_state.h"

#include <cstdint>
#include <cstdlib>

using namespace pregon;

namespace {

bool read(std::string_view content, EndpointState &state) {
    return scanSpool(content,
                     [&](SpoolKind kind, std::string_view fields) { state.replay(kind, fields); })
        .has_value();
}

void checkSame(EndpointState &state, EndpointState &again) {
    if (state.waiting().bodies() != again.waiting().bodies() ||
        state.waiting().bytes() != again.waiting().bytes() ||
        state.keys().there() != again.keys().there() || state.owner().url != again.owner().url)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char *>(data), size);
    EndpointState state;
    if (!read(bytes, state))
        return 0;
    EndpointState again;
    if (!read(state.snapshot(), again))
        std::abort();
    checkSame(state, again);
    // The fields of a record, whose checksum no fuzzer finds.
    EndpointState fields;
    for (int kind = 1; kind <= 7; kind++)
        fields.replay(static_cast<SpoolKind>(kind), bytes);
    EndpointState fieldsAgain;
    if (!read(fields.snapshot(), fieldsAgain))
        std::abort();
    checkSame(fields, fieldsAgain);
    return 0;
}
