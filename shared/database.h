#pragma once

#include "shared/result.h"

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

/// One connection to the store. For one thread. The only file that includes SOCI; its exceptions
/// end here. Errors: Unavailable, with the database's own text but never a bound value, for
/// whatever goes wrong while it is in use: the caller answers 503 and nothing is lost.
class Database {
  public:
    /// `sqlite:PATH`: the file must exist unless `create`. WAL, full fsync on commit, foreign keys
    /// on, five seconds of patience with other writers. BadRequest for any other URL.
    enum class IfMissing { Fail, Create };
    static Result<Database> open(const std::string &url, IfMissing ifMissing = IfMissing::Fail);

    Database(Database &&) noexcept;
    Database &operator=(Database &&) noexcept;
    ~Database();

    /// Runs one statement with bound parameters (`:a`, `:b`, … in the order of their first
    /// appearance; each name once) and returns its rows of `columns` columns.
    Result<std::vector<SqlRow>> query(std::string_view sql, std::size_t columns,
                                      const std::vector<SqlValue> &parameters = {});
    Result<Done> execute(std::string_view sql, const std::vector<SqlValue> &parameters = {});

    /// Runs `work` in a transaction that takes the write lock at once, and commits if it returns a
    /// value: when this returns a value, the work is on disk. Rolls back on an error.
    template <class T>
    Result<T> transaction(const std::function<Result<T>()> &work) {
        if (const auto begun = execute("BEGIN IMMEDIATE"); !begun)
            return tl::unexpected<Error>(begun.error());
        Result<T> result = work();
        const auto ended = execute(result ? "COMMIT" : "ROLLBACK");
        if (result && !ended) {
            (void)execute("ROLLBACK"); // a failed COMMIT may leave the transaction open
            return tl::unexpected<Error>(ended.error());
        }
        return result;
    }

  private:
    struct Session;
    explicit Database(std::unique_ptr<Session> session);
    std::unique_ptr<Session> session_;
};

} // namespace pregon
