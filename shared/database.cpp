#include "shared/database.h"

#include <filesystem>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace pregon {
namespace {

constexpr std::string_view kSqlitePrefix = "sqlite:";

constexpr const char *kSqlitePragmas[] = {
    "PRAGMA busy_timeout = 5000", // first: the next one may already have to wait
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL", // a committed notice survives power loss
    "PRAGMA foreign_keys = ON",
};

/// The buffers that one statement binds; they must outlive its execution.
struct Binding {
    std::vector<std::string> values;
    std::vector<soci::indicator> indicators;

    explicit Binding(std::size_t count) : values(count), indicators(count, soci::i_ok) {}
};

/// The library's what() would add the bound values, payloads and token hashes among them.
tl::unexpected<Error> unavailable(const soci::soci_error &error) {
    return failure(Errc::Unavailable, error.get_error_message());
}

} // namespace

struct Database::Session {
    soci::session soci;
};

Database::Database(std::unique_ptr<Session> session) : session_(std::move(session)) {}
Database::Database(Database &&) noexcept = default;
Database &Database::operator=(Database &&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string &url, IfMissing ifMissing) {
    if (!url.starts_with(kSqlitePrefix))
        return failure(Errc::BadRequest, "PREGON_DATABASE: expected sqlite:PATH");
    const std::string path = url.substr(kSqlitePrefix.size());
    std::error_code ignored;
    if (ifMissing == IfMissing::Fail && !std::filesystem::exists(path, ignored))
        return failure(Errc::Unavailable, path + ": no such database");
    try {
        auto session = std::make_unique<Session>();
        session->soci.open(soci::sqlite3, "dbname=\"" + path + "\"");
        Database database(std::move(session));
        for (const char *pragma : kSqlitePragmas)
            if (const auto done = database.execute(pragma); !done)
                return tl::unexpected<Error>(done.error());
        return database;
    } catch (const soci::soci_error &error) {
        return unavailable(error);
    } catch (const std::exception &exception) {
        return failure(Errc::Unavailable, exception.what());
    }
}

Result<std::vector<SqlRow>> Database::query(std::string_view sql, std::size_t columns,
                                            const std::vector<SqlValue> &parameters) {
    try {
        Binding in(parameters.size());
        Binding out(columns);
        soci::statement statement(session_->soci);
        for (std::size_t i = 0; i < parameters.size(); i++) {
            in.values[i] = parameters[i].value_or("");
            in.indicators[i] = parameters[i] ? soci::i_ok : soci::i_null;
            statement.exchange(soci::use(in.values[i], in.indicators[i]));
        }
        for (std::size_t i = 0; i < columns; i++)
            statement.exchange(soci::into(out.values[i], out.indicators[i]));
        statement.alloc();
        statement.prepare(std::string(sql));
        statement.define_and_bind();
        std::vector<SqlRow> rows;
        for (bool more = statement.execute(true); more && columns > 0; more = statement.fetch()) {
            SqlRow row(columns);
            for (std::size_t i = 0; i < columns; i++)
                if (out.indicators[i] != soci::i_null)
                    row[i] = out.values[i];
            rows.push_back(std::move(row));
        }
        return rows;
    } catch (const soci::soci_error &error) {
        return unavailable(error);
    } catch (const std::exception &exception) {
        return failure(Errc::Unavailable, exception.what());
    }
}

Result<Done> Database::execute(std::string_view sql, const std::vector<SqlValue> &parameters) {
    const auto rows = query(sql, 0, parameters);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return Done{};
}

} // namespace pregon
