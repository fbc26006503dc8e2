// SPDX-License-Identifier: MIT
#include "fcgi/notifications/key_expiry.h"

namespace pregon {

Result<Done> KeyExpiry::work(OutboxStore &outbox) {
    if (newest_ && clock_.steady() < due_)
        return Done{};
    const auto done = look(outbox);
    if (done)
        due_ = clock_.steady() + kBetweenMarks;
    return done;
}

/// Marks only if nobody has since the last look, which is half an hour ago.
Result<Done> KeyExpiry::look(OutboxStore &outbox) {
    const auto newest = outbox.newestMark();
    if (!newest)
        return tl::unexpected<Error>(newest.error());
    if (newest_ != *newest) {
        newest_ = *newest;
        return Done{};
    }
    const auto marked = outbox.mark(*newest, formatSqlTime(clock_.unixSeconds()));
    if (!marked)
        return tl::unexpected<Error>(marked.error());
    newest_ = *marked;
    return outbox.forgetKeysBefore(kMarks);
}

} // namespace pregon
