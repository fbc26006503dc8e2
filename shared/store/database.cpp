// SPDX-License-Identifier: MIT
#include "shared/store/database.h"
#include "shared/keyed_hash.h"
#include "shared/store/socket_deadline.h"
#include "shared/unix_socket.h"

#include "shared/store/sqlite_files.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <poll.h>
#include <random>
#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/socket.h>
#include <utility>

namespace pregon {
namespace {

constexpr const char *kSqliteSession[] = {
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL", // a committed notice survives power loss
    "PRAGMA foreign_keys = ON",
    "SELECT 1 FROM sqlite_master", // opens the files of the WAL
};
constexpr const char *kPostgreSqlSession[] = {
    "SET client_encoding = 'UTF8'",
    "SET client_min_messages = 'warning'", // the library prints the rest on stderr
    "SET default_transaction_isolation = 'read committed'",
    ("SELECT set_config('synchronous_commit', 'on', false) "
     "WHERE current_setting('synchronous_commit') = 'off'"),
};
constexpr const char *kMariaDbSession[] = {
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", // a row lock locks no gap
};

constexpr const char *kTooLate = "no time is left to ask the store";
constexpr const char *kSilent = "the store does not answer";
constexpr const char *kPooled =
    "PREGON_DATABASE leads to a pool that shares sessions (pgbouncer with pool_mode transaction or "
    "statement): set pool_mode = session for this database and user, or connect to PostgreSQL "
    "itself";

Errc codeOf(const soci::postgresql_soci_error &error) {
    const std::string state = error.sqlstate();
    if (state == "26000" || state == "42P05") // a prepared statement of another session: kPooled
        return Errc::Unavailable;
    if (state.starts_with("22")) // data exception
        return Errc::BadRequest;
    return state.starts_with("23") || state.starts_with("42") ? Errc::Internal : Errc::Unavailable;
}

Errc codeOf(const soci::mysql_soci_error &error) {
    // Range, form, length; and characters that the column's or the other operand's set lacks.
    constexpr unsigned kValueErrors[] = {1264, 1265, 1292, 1366, 1406,
                                         1267, 1270, 1271, 1977, 3854};
    if (std::find(std::begin(kValueErrors), std::end(kValueErrors), error.err_num_) !=
        std::end(kValueErrors))
        return Errc::BadRequest;
    constexpr unsigned kSchemaErrors[] = {1054, 1064, 1142, 1143, 1146}; // column, syntax, rights
    const bool isSchema = std::find(std::begin(kSchemaErrors), std::end(kSchemaErrors),
                                    error.err_num_) != std::end(kSchemaErrors);
    const bool isConstraint = error.get_error_category() == soci::soci_error::constraint_violation;
    return isSchema || isConstraint ? Errc::Internal : Errc::Unavailable;
}

Errc codeOf(const soci::soci_error &error) {
    if (const auto *postgreSql = dynamic_cast<const soci::postgresql_soci_error *>(&error))
        return codeOf(*postgreSql);
    if (const auto *mariaDb = dynamic_cast<const soci::mysql_soci_error *>(&error))
        return codeOf(*mariaDb);
    return Errc::Unavailable;
}

/// The library's what() would add the bound values, payloads and token hashes among them; the
/// further lines of PostgreSQL's text hold the values of a key.
tl::unexpected<Error> failureOf(const soci::soci_error &error) {
    std::string text = error.get_error_message();
    if (text.starts_with("Cannot establish connection")) // what matters stands in the second line
        std::replace(text.begin(), text.end(), '\n', ' ');
    return failure(codeOf(error), text.substr(0, text.find('\n')));
}

/// A statement, and the buffers that it binds: they must not move.
class Prepared {
  public:
    Prepared(soci::session &session, const std::string &sql, std::size_t columns,
             const std::vector<SqlParameter> &parameters)
        : statement_(session), texts_(parameters.size()), numbers_(parameters.size()),
          given_(parameters.size(), soci::i_ok), values_(columns), found_(columns, soci::i_ok) {
        for (std::size_t i = 0; i < parameters.size(); i++) {
            if (parameters[i].number())
                statement_.exchange(soci::use(numbers_[i], given_[i]));
            else
                statement_.exchange(soci::use(texts_[i], given_[i]));
        }
        for (std::size_t i = 0; i < columns; i++)
            statement_.exchange(soci::into(values_[i], found_[i]));
        statement_.alloc();
        statement_.prepare(sql);
        statement_.define_and_bind();
    }

    std::vector<SqlRow> run(const std::vector<SqlParameter> &parameters) {
        for (std::size_t i = 0; i < parameters.size(); i++) {
            const SqlParameter &parameter = parameters[i];
            numbers_[i] = parameter.number().value_or(0);
            texts_[i] = parameter.text().value_or("");
            given_[i] = parameter.number() || parameter.text() ? soci::i_ok : soci::i_null;
        }
        std::vector<SqlRow> rows;
        for (bool more = statement_.execute(true); more && !values_.empty();
             more = statement_.fetch()) {
            SqlRow row(values_.size());
            for (std::size_t i = 0; i < row.size(); i++)
                if (found_[i] != soci::i_null)
                    row[i] = values_[i];
            rows.push_back(std::move(row));
        }
        return rows;
    }

  private:
    soci::statement statement_;
    std::vector<std::string> texts_;
    std::vector<long long> numbers_;
    std::vector<soci::indicator> given_;
    std::vector<std::string> values_;
    std::vector<soci::indicator> found_;
};

/// PostgreSQL's library ends a text at a NUL: what is behind it would be lost.
bool hasNul(const std::vector<SqlParameter> &parameters) {
    return std::any_of(parameters.begin(), parameters.end(), [](const SqlParameter &parameter) {
        return parameter.text() && parameter.text()->find('\0') != std::string::npos;
    });
}

/// A number that no other session begins with: should a pool mix sessions up, a statement is not
/// found then instead of being another one.
void nameStatements(soci::session &session) {
    constexpr int kFirst = 1'000'000, kLast = 1'000'000'000;
    std::random_device source;
    static_cast<soci::postgresql_session_backend *>(session.get_backend())->statementCount_ =
        std::uniform_int_distribution<int>(kFirst, kLast)(source);
}

/// Which buffers a statement binds, numbers or texts, belongs to it.
std::string keyOf(std::string_view sql, const std::vector<SqlParameter> &parameters) {
    std::string key(sql);
    for (const SqlParameter &parameter : parameters)
        key += parameter.number() ? '#' : '$';
    return key;
}

UniqueFd secondName(int socket) {
    return UniqueFd(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
}

/// SQLite has one writer at a time; so have this process's threads.
std::timed_mutex sqliteWriter;

} // namespace

struct Database::Session {
    ~Session() { sayGoodbye(); }

    std::chrono::milliseconds timeout;
    std::unique_lock<std::timed_mutex> turn;
    SchemaNames names;
    soci::session soci;
    TextMap<Prepared> statements;             // ends before its session
    Durability durability = Durability::Full; // SQLite: what the connection is set to
    bool isInTransaction = false;
    bool hasFailed = false; // the next piece of work needs another connection

    /// Of the network; a second name of it, since the library closes its own when it fails.
    UniqueFd watched;

    void watch(DatabaseKind kind) {
        if (kind != DatabaseKind::Sqlite)
            watched = secondName(socket(kind));
        if (watched.isOpen())
            keepAlive(watched.get(), timeout);
    }

    /// The libraries tell the server that statements and session end, and wait for its word.
    void sayGoodbye() {
        constexpr std::chrono::seconds kPatience{1};
        if (hasFailed && watched.isOpen())
            ::shutdown(watched.get(), SHUT_RDWR);
        const SocketDeadline deadline(watched.get(), std::chrono::steady_clock::now() + kPatience);
        statements.clear();
        try {
            soci.close();
        } catch (const std::exception &) { // it has ended all the same
        }
    }

    /// SQLite's next statement waits no longer than that for others that write.
    void waitForOthers(std::chrono::steady_clock::time_point until) {
        using std::chrono::milliseconds;
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        const auto patience = std::clamp(left, milliseconds{0}, timeout);
        auto *backend = static_cast<soci::sqlite3_session_backend *>(soci.get_backend());
        sqlite_api::sqlite3_busy_timeout(backend->conn_, static_cast<int>(patience.count()));
    }

    /// -1: SQLite's, which has none.
    int socket(DatabaseKind kind) {
        auto *backend = soci.get_backend();
        switch (kind) {
        case DatabaseKind::Sqlite:
            break;
        case DatabaseKind::PostgreSql:
            return ::PQsocket(static_cast<soci::postgresql_session_backend *>(backend)->conn_);
        case DatabaseKind::MariaDb:
            return static_cast<int>(
                ::mysql_get_socket(static_cast<soci::mysql_session_backend *>(backend)->conn_));
        }
        return -1;
    }
};

Database::Database() = default;
Database::Database(Database &&) noexcept = default;
Database &Database::operator=(Database &&) noexcept = default;
Database::~Database() = default;

DatabaseKind Database::kind() const {
    return kind_;
}

const std::string &Database::file() const {
    return file_;
}

Result<Database> Database::open(const DatabaseSettings &settings, IfMissing ifMissing) {
    Database database;
    if (const auto connected = database.connect(settings, ifMissing); !connected)
        return tl::unexpected<Error>(connected.error());
    return database;
}

namespace {

int serverProcess(soci::session &session, std::chrono::milliseconds patience) {
    auto *backend = static_cast<soci::postgresql_session_backend *>(session.get_backend());
    const UniqueFd socket = secondName(::PQsocket(backend->conn_));
    const SocketDeadline deadline(socket.get(), std::chrono::steady_clock::now() + patience);
    int process = 0;
    session << "SELECT pg_backend_pid()", soci::into(process);
    return process;
}

/// A connection with a session of its own has one process all the time, and no other has it.
bool isShared(const std::string &connection, std::chrono::milliseconds patience) {
    constexpr int kAttempts = 5; // another client may come in between
    soci::session first(soci::postgresql, connection), second(soci::postgresql, connection);
    const int ofFirst = serverProcess(first, patience);
    const int ofSecond = serverProcess(second, patience);
    bool isOwn = ofFirst != ofSecond;
    for (int i = 0; isOwn && i < kAttempts; i++)
        isOwn = serverProcess(first, patience) == ofFirst &&
                serverProcess(second, patience) == ofSecond;
    return !isOwn;
}

} // namespace

Result<Done> Database::checkSessions(const DatabaseSettings &settings) {
    const auto url = parseDatabaseUrl(settings.url);
    if (!url || url->kind != DatabaseKind::PostgreSql)
        return Done{};
    try {
        if (isShared(connectText(*url, settings.timeout), settings.timeout))
            return failure(Errc::Forbidden, kPooled);
        return Done{};
    } catch (const soci::soci_error &error) {
        return failure(Errc::Unavailable, failureOf(error).value().reason);
    } catch (const std::exception &exception) {
        return failure(Errc::Unavailable, exception.what());
    }
}

Database Database::onDemand(DatabaseSettings settings) {
    Database database;
    if (const auto url = parseDatabaseUrl(settings.url)) {
        database.kind_ = url->kind;
        database.file_ = url->path;
    }
    database.breaker_ = StoreBreaker::of(settings.url);
    database.onDemand_ = std::move(settings);
    return database;
}

void Database::close() {
    if (kind_ == DatabaseKind::Sqlite || hasEnded())
        session_.reset();
}

/// On an idle connection a server says nothing but its end.
bool Database::hasEnded() const {
    if (session_ == nullptr || session_->hasFailed)
        return true;
    pollfd idle{session_->socket(kind_), POLLIN, 0};
    return idle.fd >= 0 && ::poll(&idle, 1, 0) > 0;
}

Result<Done> Database::connectIfNeeded() {
    const bool mayReconnect = onDemand_ && session_ != nullptr && !session_->isInTransaction;
    if (mayReconnect && hasEnded())
        close();
    if (session_ == nullptr && !onDemand_)
        return failure(Errc::Unavailable, "the connection was ended");
    if (std::chrono::steady_clock::now() >= until_)
        return failure(Errc::Unavailable, kTooLate);
    if (!onDemand_ || isConnecting_ || (session_ != nullptr && session_->isInTransaction))
        return Done{};
    if (permission_ != StoreBreaker::Permission::Trial) // or it has been asked for this already
        permission_ = breaker_->ask();
    if (permission_ == StoreBreaker::Permission::Refused)
        return failure(Errc::Unavailable, "the store could not be reached a moment ago");
    return session_ != nullptr ? Done{} : connectAnew();
}

Result<Done> Database::connectAnew() {
    isConnecting_ = true;
    auto connected = connect(*onDemand_, IfMissing::Fail);
    isConnecting_ = false;
    if (connected) {
        reportSuccess();
        return connected;
    }
    connected.error().code = Errc::Unavailable; // BadRequest would blame a statement's values
    breaker_->failed(std::exchange(permission_, StoreBreaker::Permission::Granted));
    return connected;
}

Result<Done> Database::connect(const DatabaseSettings &settings, IfMissing ifMissing) {
    const auto url = parseDatabaseUrl(settings.url);
    if (!url)
        return failure(url.error().code, "PREGON_DATABASE: " + url.error().reason);
    std::error_code ignored;
    if (url->kind == DatabaseKind::Sqlite && ifMissing == IfMissing::Fail &&
        !std::filesystem::exists(url->path, ignored))
        return failure(Errc::Unavailable, url->path + ": no such database");
    kind_ = url->kind;
    file_ = url->path;
    if (breaker_ == nullptr)
        breaker_ = StoreBreaker::of(settings.url);
    try {
        auto session = std::make_unique<Session>();
        session->names = settings.names;
        session->timeout = settings.timeout;
        switch (url->kind) {
        case DatabaseKind::Sqlite:
            session->soci.open(soci::sqlite3, connectText(*url, settings.timeout));
            break;
        case DatabaseKind::PostgreSql:
            session->soci.open(soci::postgresql, connectText(*url, settings.timeout));
            nameStatements(session->soci);
            break;
        case DatabaseKind::MariaDb:
            session->soci.open(soci::mysql, connectText(*url, settings.timeout));
            break;
        }
        session->watch(kind_);
        session_ = std::move(session);
    } catch (const soci::soci_error &error) {
        return failure(Errc::Unavailable, failureOf(error).value().reason);
    } catch (const std::exception &exception) {
        return failure(Errc::Unavailable, exception.what());
    }
    auto ready = prepareSession(settings);
    if (!ready)
        session_.reset();
    else if (kind_ == DatabaseKind::Sqlite)
        shareSqliteFiles(file_);
    return ready;
}

Result<Done> Database::prepareSession(const DatabaseSettings &settings) {
    std::vector<std::string> statements;
    const std::string milliseconds = std::to_string(settings.timeout.count());
    switch (kind_) {
    case DatabaseKind::Sqlite:
        statements.insert(statements.end(), std::begin(kSqliteSession), std::end(kSqliteSession));
        break;
    case DatabaseKind::PostgreSql:
        statements.assign(std::begin(kPostgreSqlSession), std::end(kPostgreSqlSession));
        // Not as startup options, which pgbouncer refuses.
        statements.push_back("SET statement_timeout = " + milliseconds);
        statements.push_back("SET lock_timeout = " + milliseconds);
        break;
    case DatabaseKind::MariaDb:
        statements.assign(std::begin(kMariaDbSession), std::end(kMariaDbSession));
        statements.push_back("SET SESSION max_statement_time = " + milliseconds + " / 1000, " +
                             "innodb_lock_wait_timeout = " + wholeSeconds(settings.timeout));
        break;
    }
    for (const std::string &statement : statements)
        if (const auto done = execute(statement); !done)
            return done;
    if (settings.timeZone.empty())
        return Done{};
    if (kind_ == DatabaseKind::PostgreSql)
        if (const auto set = query("SELECT set_config('TimeZone', :zone, false)", 1,
                                   {settings.timeZone == "+00:00" ? "UTC" : settings.timeZone});
            !set)
            return tl::unexpected<Error>(set.error());
    if (kind_ == DatabaseKind::MariaDb)
        return execute("SET SESSION time_zone = :zone", {settings.timeZone});
    return Done{};
}

Result<std::vector<SqlRow>> Database::query(std::string_view sql, std::size_t columns,
                                            const std::vector<SqlParameter> &parameters) {
    if (const auto connected = connectIfNeeded(); !connected)
        return tl::unexpected<Error>(connected.error());
    if (kind_ == DatabaseKind::PostgreSql && hasNul(parameters))
        return failure(Errc::BadRequest, "a value holds a NUL character");
    return run(sql, columns, parameters, until_);
}

Result<std::vector<SqlRow>> Database::run(std::string_view sql, std::size_t columns,
                                          const std::vector<SqlParameter> &parameters, Time until) {
    const auto limit = std::chrono::steady_clock::now() + session_->timeout + kGrace;
    SocketDeadline deadline(session_->watched.get(), std::min(until, limit));
    if (kind_ == DatabaseKind::Sqlite)
        session_->waitForOthers(std::min(until, limit));
    try {
        auto rows = runPrepared(sql, columns, parameters);
        reportSuccess();
        return rows;
    } catch (const soci::soci_error &error) {
        session_->statements.erase(keyOf(sql, parameters));
        auto failed = failureOf(error);
        if (deadline.hasPassed())
            failed = failure(Errc::Unavailable, until < limit ? kTooLate : kSilent);
        session_->hasFailed = session_->hasFailed || (failed.value().code == Errc::Unavailable &&
                                                      kind_ != DatabaseKind::Sqlite);
        reportFailure(failed.value());
        return failed;
    } catch (const std::exception &exception) {
        return failure(Errc::Unavailable, exception.what());
    }
}

std::vector<SqlRow> Database::runPrepared(std::string_view sql, std::size_t columns,
                                          const std::vector<SqlParameter> &parameters) {
    if (columns == 0 && parameters.empty()) { // BEGIN, PRAGMA: not worth to be kept
        session_->soci << session_->names.apply(sql);
        return {};
    }
    const std::string key = keyOf(sql, parameters);
    auto found = session_->statements.find(key);
    if (found == session_->statements.end())
        found =
            session_->statements
                .try_emplace(key, session_->soci, session_->names.apply(sql), columns, parameters)
                .first;
    return found->second.run(parameters);
}

void Database::reportSuccess() {
    if (isConnecting_) // told about as a whole
        return;
    breaker_->answered();
    permission_ = StoreBreaker::Permission::Granted;
}

/// What kind of failure it was tells whether the store still speaks.
void Database::reportFailure(const Error &error) {
    if (isConnecting_)
        return;
    const auto permission = std::exchange(permission_, StoreBreaker::Permission::Granted);
    if (error.reason == kSilent)
        breaker_->failed(permission);
    else if (error.code == Errc::Unavailable)
        breaker_->undecided(permission);
    else
        breaker_->answered();
}

Result<Done> Database::execute(std::string_view sql, const std::vector<SqlParameter> &parameters) {
    const auto rows = query(sql, 0, parameters);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return Done{};
}

Result<Done> Database::begin(Durability durability) {
    if (const auto connected = connectIfNeeded(); !connected)
        return connected;
    switch (kind_) {
    case DatabaseKind::Sqlite: {
        const auto begun = beginSqlite(durability);
        if (!begun && session_ != nullptr)
            (void)setDurability(Durability::Full);
        return begun;
    }
    case DatabaseKind::PostgreSql:
        return enter(durability == Durability::Relaxed ? "BEGIN; SET LOCAL synchronous_commit = off"
                                                       : "BEGIN");
    case DatabaseKind::MariaDb: // has no such choice for one transaction
        return enter("START TRANSACTION");
    }
    return Done{};
}

Result<Done> Database::beginSqlite(Durability durability) {
    if (const auto set = setDurability(durability); !set)
        return set;
    // Waiting here is fair and costs nothing; SQLite's own waiting is a series of naps.
    const auto until = std::min(until_, std::chrono::steady_clock::now() + session_->timeout);
    session_->turn = std::unique_lock(sqliteWriter, until);
    if (!session_->turn)
        return failure(Errc::Unavailable, "the store is busy");
    auto begun = execute("BEGIN IMMEDIATE");
    if (!begun)
        session_->turn.unlock();
    return begun;
}

/// SQLite's is the connection's, not the transaction's, and cannot be changed within one: it is
/// compared before each transaction, and whatever failed before, one that must be synced is.
Result<Done> Database::setDurability(Durability durability) {
    if (session_->durability == durability)
        return Done{};
    const auto set = finish(durability == Durability::Relaxed ? "PRAGMA synchronous = NORMAL"
                                                              : "PRAGMA synchronous = FULL");
    if (set)
        session_->durability = durability;
    return set;
}

Result<Done> Database::enter(std::string_view sql) {
    auto begun = execute(sql);
    if (begun)
        session_->isInTransaction = true;
    return begun;
}

/// Whatever the time is.
Result<Done> Database::finish(std::string_view sql) {
    if (const auto rows = run(sql, 0, {}, Time::max()); !rows)
        return tl::unexpected<Error>(rows.error());
    return Done{};
}

Result<Done> Database::end(Outcome outcome) {
    if (session_ == nullptr)
        return failure(Errc::Unavailable, "the connection was ended");
    auto ended = finish(outcome == Outcome::Commit ? "COMMIT" : "ROLLBACK");
    if (!ended && outcome == Outcome::Commit)
        (void)finish("ROLLBACK"); // a failed COMMIT may leave the transaction open
    session_->isInTransaction = false;
    (void)setDurability(Durability::Full);
    if (session_->turn)
        session_->turn.unlock();
    return ended;
}

} // namespace pregon
