// SPDX-License-Identifier: MIT
#include "webhookd/spool_record.h"

#include "shared/protocol/hmac_signer.h"

#include <optional>

namespace pregon {
namespace {

constexpr std::size_t kLengthBytes = 4, kKindBytes = 1, kChecksumBytes = 16;
constexpr std::size_t kAround = kLengthBytes + kKindBytes + kChecksumBytes;

/// Against torn writes and failing disks, not against people.
std::string checksumOf(std::string_view kindAndFields) {
    return sha256Hex(kindAndFields).substr(0, kChecksumBytes);
}

std::uint32_t lengthAt(std::string_view bytes) {
    std::uint32_t length = 0;
    FieldReader(bytes.substr(0, kLengthBytes))(length);
    return length;
}

/// The record at the beginning of `bytes`, whole; nullopt if there is none.
std::optional<std::string_view> recordAt(std::string_view bytes) {
    if (bytes.size() < kAround)
        return std::nullopt;
    const std::size_t length = lengthAt(bytes);
    if (length > kMaxRecord || length > bytes.size() - kAround)
        return std::nullopt;
    const auto kind = static_cast<std::uint8_t>(bytes[kLengthBytes]);
    if (kind < static_cast<std::uint8_t>(SpoolKind::Owner) ||
        kind > static_cast<std::uint8_t>(SpoolKind::Restart))
        return std::nullopt;
    const std::string_view kindAndFields = bytes.substr(kLengthBytes, kKindBytes + length);
    const std::size_t end = kLengthBytes + kindAndFields.size();
    if (bytes.substr(end, kChecksumBytes) != checksumOf(kindAndFields))
        return std::nullopt;
    return bytes.substr(0, end + kChecksumBytes);
}

} // namespace

std::string encodeRecord(SpoolKind kind, std::string_view fields) {
    FieldWriter length;
    length(static_cast<std::uint32_t>(fields.size()));
    std::string record = length.take();
    record += static_cast<char>(kind);
    record += fields;
    record += checksumOf(std::string_view(record).substr(kLengthBytes));
    return record;
}

Result<SpoolScan> scanSpool(std::string_view content,
                            const std::function<void(SpoolKind, std::string_view)> &visit) {
    SpoolScan scan;
    if (content.empty())
        return scan;
    if (!content.starts_with(kSpoolHead))
        return failure(Errc::BadRequest, "not a webhook spool of version 1");
    std::size_t at = scan.end = kSpoolHead.size();
    while (at < content.size()) {
        const auto record = recordAt(content.substr(at));
        if (!record) {
            at++;
            continue;
        }
        const std::string_view fields =
            record->substr(kLengthBytes + kKindBytes, record->size() - kAround);
        visit(static_cast<SpoolKind>((*record)[kLengthBytes]), fields);
        scan.damaged += at - scan.end;
        at += record->size();
        scan.end = at;
        scan.records++;
    }
    return scan;
}

} // namespace pregon
