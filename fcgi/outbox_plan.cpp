#include "fcgi/outbox_plan.h"

#include "fcgi/date_text.h"
#include "fcgi/decimal_text.h"

#include <algorithm>

namespace pregon {

std::int64_t outboxId(const std::string &text) {
    return parseWhole(text).value_or(0);
}

OutboxPlan planOutbox(const std::vector<OutboxEntry> &entries, const HandedOver &handedOver,
                      std::int64_t nowSeconds) {
    OutboxPlan plan;
    for (const OutboxEntry &entry : entries) {
        const std::int64_t age = nowSeconds - parseWallClock(entry.createdAt).value_or(0);
        const bool isBeingPublished = age >= 0 && age < kOutboxGraceSeconds;
        if (!isBeingPublished || handedOver.contains(outboxId(entry.id))) {
            plan.due.push_back(entry);
            continue;
        }
        const std::int64_t wait = kOutboxGraceSeconds - age;
        plan.lookAgainSeconds = std::min(plan.lookAgainSeconds.value_or(wait), wait);
    }
    return plan;
}

} // namespace pregon
