// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/store/database.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace pregon {

/// Writes down that tokens and sessions were used, in a thread of its own: no answer waits for it
/// or depends on it. What cannot be written is dropped with a warning, and so is every use within
/// kRestAfterFailure; the next one after that is tried again.
class UsageRecorder {
  public:
    static constexpr std::chrono::seconds kRestAfterFailure{60};
    static constexpr std::size_t kMaxWaiting = 10'000; ///< what comes on top is dropped

    /// Borrows the clock.
    explicit UsageRecorder(const Clock &clock) : clock_(clock) {}
    ~UsageRecorder() { stop(); }

    /// Starts the thread, which uses `database` alone. Once only.
    void start(Database database);
    /// Ends and joins it, after the transaction that may be under way.
    void stop();

    /// To be called when a use is due (FoundToken::isUseDue, Session::isUseDue). Any thread, at any
    /// time, also before `start`.
    void tokenUsed(const std::string &id) { take(Kind::Token, id); }
    void sessionUsed(const std::string &id) { take(Kind::Session, id); }

    /// Writes what waits through `database`, in the caller's thread: what the thread does, and
    /// tests without it.
    Result<Done> write(Database &database);

  private:
    enum class Kind { Token, Session };
    using Uses = std::set<std::pair<Kind, std::string>>; // in order: no two writers lock crosswise

    void take(Kind kind, const std::string &id);
    void rest();
    void run();

    const Clock &clock_;
    std::mutex mutex_; ///< for these four
    std::condition_variable changed_;
    bool isStopping_ = false;
    Uses waiting_;
    std::chrono::steady_clock::time_point restsUntil_{}; ///< after a failure

    std::optional<Database> database_; ///< the thread's, once it runs
    std::thread thread_;
};

} // namespace pregon
