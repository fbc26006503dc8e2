// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pregon {

/// Why and how a connection ends: the code and reason of the Close frame.
struct CloseReason {
    std::uint16_t code = 0;
    std::string text;
};

/// A whole WebSocket frame as the server sends it (RFC 6455 §5.2, unmasked), header included. Built
/// once per event; every subscriber's queue refers to the same bytes, which never change. A copy is
/// one more reference, counted without a lock: the copies of one frame belong to one thread.
class Frame {
  public:
    Frame() = default; ///< refers to nothing, as one that was moved from
    /// Copies the two parts of the frame, into one piece of memory.
    explicit Frame(std::string_view head, std::string_view payload = {});
    Frame(const Frame &other) : shared_(other.shared_) {
        if (shared_ != nullptr)
            shared_->references++;
    }
    Frame(Frame &&other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
    Frame &operator=(Frame other) noexcept {
        std::swap(shared_, other.shared_);
        return *this;
    }
    ~Frame() {
        if (shared_ != nullptr && --shared_->references == 0)
            release();
    }

    explicit operator bool() const { return shared_ != nullptr; }
    /// Of a frame that refers to something.
    const char *data() const { return reinterpret_cast<const char *>(shared_ + 1); }
    std::size_t size() const { return shared_->size; }
    std::string_view bytes() const { return {data(), size()}; }
    /// Bytes of memory that would be free if this reference and its like went: the frame's, divided
    /// by the references.
    std::size_t share() const { return memoryOf(size()) / shared_->references; }

    /// Bytes of memory that the frame takes, however many refer to it.
    std::size_t cost() const { return memoryOf(size()); }

    /// Bytes of memory that this thread's frames take, each counted once.
    static std::size_t memory() { return memory_; }

    /// The same bytes in memory, not equal ones.
    friend bool operator==(const Frame &one, const Frame &other) = default;

  private:
    struct Shared { ///< in front of the bytes
        std::size_t references;
        std::size_t size;
    };
    void release();
    static constexpr std::size_t memoryOf(std::size_t size) {
        constexpr std::size_t kAllocator = 16; // what it adds to each piece
        return sizeof(Shared) + kAllocator + size;
    }

    static thread_local std::size_t memory_;
    Shared *shared_ = nullptr;
};

Frame textFrame(std::string_view payload);
/// A Ping without payload.
Frame pingFrame();
/// The answer to a Ping: its payload, at most 125 bytes.
Frame pongFrame(std::string_view payload);
/// A Close with that code (1005: without one); of the reason at most the 123 bytes that a control
/// frame has room for.
Frame closeFrame(std::uint16_t code, std::string_view reason);
/// The same frame as a client sends it: masked with a random key (RFC 6455 §5.3).
std::string maskedFrame(const Frame &frame);

} // namespace pregon
