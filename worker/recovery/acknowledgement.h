// SPDX-License-Identifier: MIT
#pragma once

#include "worker/recovery/event_ring.h"

#include <array>
#include <cstdint>
#include <optional>

namespace pregon {

/// Up to where a client has handled what it was sent. A client answers a `pusher:ping` after it has
/// handled everything before it: so a ping remembers the newest event in front of it, and its pong
/// acknowledges that. A client may leave pings unanswered: a pong then counts for an older ping
/// than it answers, which acknowledges less than is true.
class Acknowledgement {
  public:
    static constexpr std::int64_t kIntervalMs = 5000; ///< between pings

    struct Ping {
        Lsn lsn = 0;
        std::uint32_t number = 0;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.lsn);
            fields(self.number);
        }
    };

    explicit Acknowledgement(Lsn handled = 0) : acked_(handled) {}

    Lsn acked() const { return acked_; }
    /// Of the next ping that is queued, counted from 1.
    std::uint32_t nextPing() const { return queued_ + 1; }
    bool isAwaited() const { return awaited_ > 0; }
    /// None is unanswered, and the last one is long enough ago.
    bool mayPing(std::int64_t now) const {
        return awaited_ == 0 && (queued_ == 0 || now - pingedAt_ >= kIntervalMs);
    }
    /// Milliseconds until the next ping may be queued, if that one is answered.
    std::int64_t pauseMs(std::int64_t now) const { return pingedAt_ + kIntervalMs - now; }

    /// A pusher:ping is queued behind all events up to `lsn`.
    void pinged(Lsn lsn, std::int64_t now) {
        queued_++;
        pingedAt_ = now;
        if (awaited_ < pings_.size())
            pings_[awaited_++] = {lsn, queued_};
    }
    /// The number of the ping that is answered; nullopt if no answer is awaited.
    std::optional<std::uint32_t> ponged() {
        if (awaited_ == 0)
            return std::nullopt;
        const Ping ping = pings_[0];
        awaited_--;
        for (std::size_t i = 0; i < awaited_; i++)
            pings_[i] = pings_[i + 1];
        acked_ = ping.lsn;
        return ping.number;
    }

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.acked_);
        fields(self.queued_);
        fields(self.pingedAt_);
        fields(self.awaited_);
        for (auto &ping : self.pings_)
            fields(ping);
    }
    /// What another program saved makes sense.
    bool isValid() const { return awaited_ <= pings_.size(); }

  private:
    Lsn acked_;
    std::uint32_t queued_ = 0;
    std::int64_t pingedAt_ = 0; ///< milliseconds of a steady clock
    std::uint32_t awaited_ = 0;
    std::array<Ping, 4> pings_; ///< unanswered, the oldest first; further ones are not remembered
};

} // namespace pregon
