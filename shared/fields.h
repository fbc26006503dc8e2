// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pregon {

/// The payloads between our own processes: fields one after the other, without names. A whole
/// number takes as many bytes as its type has, little endian, a text its length (32 bit) and its
/// bytes, a list its count (32 bit) and its items.
///
/// A struct tells its fields once, for both ways:
///     template <class Fields, class Self> static void describe(Fields &fields, Self &self) {
///         fields(self.name);
///         fields(self.count);
///     }
///
/// Programs of two releases talk to each other, so a field that a struct has is never removed,
/// moved or given another type. A release may add fields, behind all others, in one of two ways:
///
/// - `fields.since(3, self.added)` where the two ends know the version of what is written, as in a
///   hand-over (worker/handover/hand_over_link.h). It works for a struct at any depth.
/// - `fields.appended(self.added)` where they do not, as over the IPC socket
///   (shared/ipc/ipc_message.h). Only for the last fields of a payload that is a single struct.
///
/// The writer writes every field. A reader leaves a field that is not there at its default.
class FieldWriter {
  public:
    void reserve(std::size_t size) { out_.reserve(size); }
    std::size_t size() const { return out_.size(); }
    std::string take() { return std::move(out_); }

    template <std::integral Number>
    void operator()(Number value) {
        if constexpr (std::same_as<Number, bool>)
            out_ += value ? '\1' : '\0';
        else
            for (std::size_t i = 0; i < sizeof value; i++)
                out_ +=
                    static_cast<char>(static_cast<std::make_unsigned_t<Number>>(value) >> (8 * i));
    }
    void operator()(std::string_view text) {
        (*this)(static_cast<std::uint32_t>(text.size()));
        out_ += text;
    }
    void operator()(const std::string &text) { (*this)(std::string_view(text)); }
    template <class Item>
    void operator()(const std::vector<Item> &items) {
        (*this)(static_cast<std::uint32_t>(items.size()));
        for (const Item &item : items)
            (*this)(item);
    }
    template <class Struct>
    requires requires(FieldWriter &fields, const Struct &self) { Struct::describe(fields, self); }
    void operator()(const Struct &self) { Struct::describe(*this, self); }
    template <class Field>
    void since(std::uint32_t, const Field &field) {
        (*this)(field);
    }
    template <class Field>
    void appended(const Field &field) {
        (*this)(field);
    }

  private:
    std::string out_;
};

/// What a FieldReader is told about a payload.
struct FieldLimits {
    std::size_t maxItems = 1 << 24;     ///< of a list; one that has more is malformed
    std::uint32_t version = UINT32_MAX; ///< in which it was written, for `since`
};

/// Takes fields off the front of a payload, which it borrows. Once something is missing or
/// malformed, everything is read as empty and `isComplete` is false.
class FieldReader {
  public:
    explicit FieldReader(std::string_view payload, FieldLimits limits = {})
        : rest_(payload), limits_(limits) {}

    /// Every field was there; what is left, if anything, is none that was asked for.
    bool isComplete() const { return !failed_; }
    /// Every field was there and nothing is left.
    bool isConsumedExactly() const { return !failed_ && rest_.empty(); }
    /// There is another one, and none was missing.
    bool hasMore() const { return !failed_ && !rest_.empty(); }

    template <std::integral Number>
    void operator()(Number &value) {
        std::uint64_t read = 0;
        const std::string_view bytes = take(std::same_as<Number, bool> ? 1 : sizeof value);
        for (std::size_t i = 0; i < bytes.size(); i++)
            read |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
        if constexpr (std::same_as<Number, bool>)
            value = read != 0;
        else
            value = static_cast<Number>(read);
    }
    void operator()(std::string &text) {
        std::uint32_t size = 0;
        (*this)(size);
        text = take(size);
    }
    template <class Item>
    void operator()(std::vector<Item> &items) {
        std::uint32_t count = 0;
        (*this)(count);
        if (count > limits_.maxItems || count > rest_.size()) // an item has at least one byte
            failed_ = true;
        items.clear();
        for (std::uint32_t i = 0; i < count && !failed_; i++)
            (*this)(items.emplace_back());
    }
    template <class Struct>
    requires requires(FieldReader &fields, Struct &self) { Struct::describe(fields, self); }
    void operator()(Struct &self) { Struct::describe(*this, self); }
    template <class Field>
    void since(std::uint32_t version, Field &field) {
        if (limits_.version >= version)
            (*this)(field);
    }
    template <class Field>
    void appended(Field &field) {
        if (hasMore())
            (*this)(field);
    }

  private:
    std::string_view take(std::size_t size) {
        if (failed_ || size > rest_.size()) {
            failed_ = true;
            return {};
        }
        const std::string_view bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return bytes;
    }

    std::string_view rest_;
    FieldLimits limits_;
    bool failed_ = false;
};

} // namespace pregon
