// SPDX-License-Identifier: MIT
#include "fcgi/events/publisher.h"

#include <utility>

namespace pregon {

struct Publisher::Turn {
    const std::vector<PublishMessage> &messages;
    Clock::time_point until; ///< when it must have begun
    std::condition_variable told{};
    bool leads = false;
    std::optional<Result<Done>> outcome{};
};

Result<Done> Publisher::publish(const std::vector<PublishMessage> &messages) {
    Turn turn{messages, Clock::now() + patience_};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&turn);
    if (isLed_)
        turn.told.wait(lock, [&] { return turn.leads || turn.outcome; });
    if (turn.outcome)
        return *turn.outcome;

    isLed_ = true;
    const std::deque<Turn *> turns = std::exchange(waiting_, {});
    lock.unlock();
    send(turns);
    lock.lock();

    isLed_ = !waiting_.empty();
    if (isLed_) {
        waiting_.front()->leads = true;
        waiting_.front()->told.notify_one();
    }
    return *turn.outcome;
}

std::size_t Publisher::waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

/// All that are still in time, with one write.
void Publisher::send(const std::deque<Turn *> &turns) {
    std::vector<const PublishMessage *> messages;
    std::vector<Turn *> sent;
    for (Turn *turn : turns) {
        if (turn != turns.front() && Clock::now() > turn->until) {
            end(*turn, failure(Errc::Unavailable, "the worker is behind"));
            continue;
        }
        sent.push_back(turn);
        for (const PublishMessage &message : turn->messages)
            messages.push_back(&message);
    }
    const auto answers = worker_.publishEach(messages);
    auto answer = answers.begin();
    for (Turn *turn : sent) {
        Result<Done> outcome = Done{};
        for (std::size_t i = 0; i < turn->messages.size(); i++, ++answer)
            if (outcome && !*answer)
                outcome = *answer;
        end(*turn, std::move(outcome));
    }
}

/// The turn may be gone afterwards.
void Publisher::end(Turn &turn, Result<Done> outcome) {
    const std::lock_guard lock(mutex_);
    turn.outcome = std::move(outcome);
    turn.told.notify_one();
}

} // namespace pregon
