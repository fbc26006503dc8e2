// SPDX-License-Identifier: MIT
#pragma once

#include "shared/fields.h"
#include "shared/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The content of a spool file (spec webhooks §5): a line with the version, then records, each with
/// its length, its kind, its fields and a checksum. Knows no file.
///
/// Version 1 is the first. A later one reads the version before it; fields are only added, with
/// `fields.appended`, and no kind gets another number.
inline constexpr std::string_view kSpoolHead = "pregon webhook spool 1\n";
inline constexpr std::size_t kMaxRecord = 1 << 20;

enum class SpoolKind : std::uint8_t {
    Owner = 1,   ///< SpoolOwner: whose file this is
    Body = 2,    ///< SpoolBody: to be delivered
    Done = 3,    ///< SpoolDone: it need not be delivered any more
    State = 4,   ///< SpoolState: of a key, where no body reports it
    Mark = 5,    ///< SpoolMark: everything of a worker up to a number is in the file
    Belief = 6,  ///< SpoolBelief: after a drop the receiver may believe something else of a key
    Restart = 7, ///< no fields: all that is there is in doubt (HookKind::Restart)
};

struct SpoolOwner {
    std::string appId;
    std::string url;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.url);
    }
};

struct SpoolBody {
    std::string id; ///< X-Pregon-Delivery
    std::int64_t timeMs = 0;
    std::string origin;       ///< of the worker; empty: of a final state, which no worker sent
    std::uint64_t number = 0; ///< of its last event
    std::uint32_t events = 0;
    bool isClustered = false;        ///< HookBatch's
    std::vector<std::string> states; ///< `+KEY` or `-KEY` of each event that reports one
    std::string text;                ///< the bytes to send

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.id);
        fields(self.timeMs);
        fields(self.origin);
        fields(self.number);
        fields(self.events);
        fields(self.isClustered);
        fields(self.states);
        fields(self.text);
    }
};

struct SpoolDone {
    std::string id;
    bool isDelivered = false; ///< false: dropped

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.id);
        fields(self.isDelivered);
    }
};

struct SpoolState {
    std::string key;
    bool isThere = false;
    bool isInDoubt = false;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.key);
        fields(self.isThere);
        fields(self.isInDoubt);
    }
};

struct SpoolBelief {
    std::string key;
    bool isBelieved = false; ///< to be there, by the receiver
    bool isLatest = false;   ///< as the last one that was dropped says
    bool isClustered = false;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.key);
        fields(self.isBelieved);
        fields(self.isLatest);
        fields(self.isClustered);
    }
};

struct SpoolMark {
    std::string origin;
    std::uint64_t number = 0;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.origin);
        fields(self.number);
    }
};

/// One record, ready to be appended.
std::string encodeRecord(SpoolKind kind, std::string_view fields);

template <class Struct>
std::string encodeRecord(SpoolKind kind, const Struct &record) {
    FieldWriter fields;
    fields(record);
    return encodeRecord(kind, std::string_view(fields.take()));
}

struct SpoolScan {
    std::size_t records = 0;
    std::size_t end = 0;     ///< where the last good record ends: what follows is torn
    std::size_t damaged = 0; ///< bytes in front of that which are no records
};

/// Calls `visit` with each record whose checksum holds. Bytes that are none are passed over.
/// BadRequest: the content is not of a version that this program reads.
Result<SpoolScan> scanSpool(std::string_view content,
                            const std::function<void(SpoolKind, std::string_view)> &visit);

} // namespace pregon
