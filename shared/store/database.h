// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/store/database_url.h"
#include "shared/store/schema_names.h"
#include "shared/store/store_breaker.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// A column's or parameter's value as text; nullopt is NULL. The database converts to and from its
/// own types by the columns' declarations.
using SqlValue = std::optional<std::string>;
using SqlRow = std::vector<SqlValue>;

/// What a statement binds: a text (for a column of any type), a whole number (where SQL wants one,
/// as in LIMIT) or NULL.
class SqlParameter {
  public:
    SqlParameter(SqlValue text) : text_(std::move(text)) {}
    SqlParameter(std::nullopt_t) {}
    SqlParameter(std::string text) : text_(std::move(text)) {}
    SqlParameter(std::string_view text) : text_(std::string(text)) {}
    SqlParameter(const char *text) : text_(text) {}
    SqlParameter(std::int64_t number) : number_(number) {}

    const SqlValue &text() const { return text_; }
    const std::optional<std::int64_t> &number() const { return number_; }

  private:
    SqlValue text_;
    std::optional<std::int64_t> number_;
};

struct DatabaseSettings {
    DatabaseSettings(std::string location) : url(std::move(location)) {}

    std::string url; ///< as parseDatabaseUrl takes it
    SchemaNames names;
    std::string timeZone; ///< of the session; empty: the server's
    /// For one statement, or to connect. The server is told; a server that says nothing, not even
    /// that, is left Database::kGrace later.
    std::chrono::milliseconds timeout{5000};
};

/// One connection to the store. For one thread. The only file that includes SOCI; its exceptions
/// end here. Errors, with the first line of the database's own text but never a bound value:
/// - Unavailable: the database is away, overloaded, or anything else went wrong. The caller answers
///   503 and nothing is lost; what is made on demand opens a new connection the next time.
/// - BadRequest: a value does not fit its column (too long, not a number).
/// - Internal: the statement breaks a constraint, or the schema is not what we expect.
class Database {
  public:
    /// SQLite's file must exist unless `Create`; WAL, full fsync on commit, foreign keys on.
    /// PostgreSQL: an asynchronous commit is made a synchronous one. MariaDB: read committed,
    /// strict. BadRequest for a malformed URL.
    enum class IfMissing { Fail, Create };
    static Result<Database> open(const DatabaseSettings &settings,
                                 IfMissing ifMissing = IfMissing::Fail);

    /// Whether each connection to a PostgreSQL is a session of its own: settings, time zone and
    /// prepared statements are kept in it. Forbidden, with what to do, behind a pool that hands one
    /// session to several connections (pgbouncer with pool_mode transaction or statement), where
    /// ours would leak into those of the application, and theirs into ours. Sets nothing.
    /// Unavailable: it could not be asked.
    static Result<Done> checkSessions(const DatabaseSettings &settings);

    /// Connects at its first use, which is Unavailable if it cannot; the file of a SQLite store
    /// must exist. For callers that may not need a database at all. After a failure of any
    /// connection of this process it returns Unavailable at once, until the store's StoreBreaker
    /// allows another try.
    static Database onDemand(DatabaseSettings settings);
    /// Closes the connection, outside a transaction; a database that is made on demand connects
    /// again. A network connection that has not failed stays open: the failure of another
    /// connection is no reason to close it.
    void close();
    /// From then on no statement is sent: Unavailable at once, until this is called again.
    /// A transaction that is open then can still be ended.
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds kGrace{500};
    void answerBy(Time until) { until_ = until; }
    /// True if there is no connection that can be relied on: none yet, the server has ended it
    /// while it was idle (wait_timeout, idle_session_timeout, a restart), or it failed (a primary
    /// that has become read-only among that). Sends nothing. A database that is made on demand
    /// connects again at its next statement or transaction, but never within a transaction.
    bool hasEnded() const;

    Database(Database &&) noexcept;
    Database &operator=(Database &&) noexcept;
    ~Database();

    DatabaseKind kind() const;
    const std::string &file() const; ///< SQLite's; empty for the others

    /// Runs one statement with bound parameters (`:a`, `:b`, … in the order of their first
    /// appearance; each name once) and returns its rows of `columns` columns. Tables and columns of
    /// the application stand in braces (SchemaNames). Prepared once per connection and text: pass
    /// texts that are few, and never a value in one.
    Result<std::vector<SqlRow>> query(std::string_view sql, std::size_t columns,
                                      const std::vector<SqlParameter> &parameters = {});
    Result<Done> execute(std::string_view sql, const std::vector<SqlParameter> &parameters = {});

    /// How much of a transaction outlives a loss of power once it is committed.
    enum class Durability {
        Full,    ///< all of it
        Relaxed, ///< it may be undone as a whole, for work that is repeated then; cheaper
    };
    /// Runs `work` in a transaction, which with SQLite takes the write lock at once, and commits if
    /// it returns a value. Rolls back on an error.
    template <class T>
    Result<T> transaction(const std::function<Result<T>()> &work,
                          Durability durability = Durability::Full) {
        if (const auto begun = begin(durability); !begun)
            return tl::unexpected<Error>(begun.error());
        Result<T> result = work();
        const auto ended = end(result ? Outcome::Commit : Outcome::RollBack);
        if (result && !ended)
            return tl::unexpected<Error>(ended.error());
        return result;
    }

  private:
    struct Session;
    enum class Outcome { Commit, RollBack };
    Database();
    Result<Done> connect(const DatabaseSettings &settings, IfMissing ifMissing);
    Result<Done> connectIfNeeded();
    Result<Done> connectAnew();
    Result<Done> prepareSession(const DatabaseSettings &settings);
    Result<Done> begin(Durability durability);
    Result<Done> beginSqlite(Durability durability);
    Result<Done> setDurability(Durability durability);
    Result<Done> enter(std::string_view sql);
    Result<std::vector<SqlRow>> run(std::string_view sql, std::size_t columns,
                                    const std::vector<SqlParameter> &parameters, Time until);
    std::vector<SqlRow> runPrepared(std::string_view sql, std::size_t columns,
                                    const std::vector<SqlParameter> &parameters);
    Result<Done> finish(std::string_view sql);
    void reportSuccess();
    void reportFailure(const Error &error);
    Result<Done> end(Outcome outcome);
    std::optional<DatabaseSettings> onDemand_;
    DatabaseKind kind_ = DatabaseKind::Sqlite;
    std::string file_;
    Time until_ = Time::max();
    std::shared_ptr<StoreBreaker> breaker_;
    StoreBreaker::Permission permission_ = StoreBreaker::Permission::Granted;
    bool isConnecting_ = false;
    std::unique_ptr<Session> session_; ///< null while there is no connection
};

} // namespace pregon
