// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/store/demo_store.h"
#include "fcgi/http/http_message.h"
#include "shared/auth/token_store.h"
#include "shared/clock.h"
#include "shared/store/database.h"
#include "shared/store/outbox_schema.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pregon::fcgitest {

/// A clock that stands still until it is moved. Any thread.
class SetClock final : public Clock {
  public:
    std::chrono::steady_clock::time_point steady() const override {
        return std::chrono::steady_clock::time_point(std::chrono::seconds(now_));
    }
    std::int64_t unixSeconds() const override { return now_ + jumped_; }
    void advance(std::int64_t seconds) { now_ += seconds; }
    /// As when it is set: no time has passed.
    void jump(std::int64_t seconds) { jumped_ += seconds; }

  private:
    std::atomic<std::int64_t> now_{1795510860}; // 2026-11-24 09:01:00 UTC
    std::atomic<std::int64_t> jumped_{0};
};

/// A folder that is gone afterwards.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        path_ = "/tmp/pregon-test-" + std::string(6, 'X'); // mkdtemp's template
        if (::mkdtemp(path_.data()) == nullptr)
            std::abort();
    }
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string &name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

inline constexpr const char *kUserType = "App\\Models\\User";
inline const TokenSettings kTokens{.userTypes = {kUserType}};

/// Where a test's store is: a file of its own, or the servers that tests/with-databases runs. A
/// server's tables are emptied, and the outbox is made again.
inline std::string storeUrl(DatabaseKind kind, const TemporaryFolder &folder) {
    const char *url = nullptr;
    if (kind == DatabaseKind::PostgreSql)
        url = std::getenv("TEST_POSTGRESQL");
    if (kind == DatabaseKind::MariaDb)
        url = std::getenv("TEST_MARIADB");
    if (kind == DatabaseKind::Sqlite)
        return "sqlite:" + folder.file("store.db");
    return url != nullptr ? url : "";
}

/// The two shops of the demonstration in a real database; SQLite's file unless told otherwise.
class DemoShops {
  public:
    explicit DemoShops(DatabaseKind kind = DatabaseKind::Sqlite)
        : url(storeUrl(kind, folder)),
          database(std::move(*Database::open(url, Database::IfMissing::Create))), store(fill()),
          ana(userOf(store.shops[0].ownerToken)), caja(userOf(store.shops[0].cashierToken)),
          beto(userOf(store.shops[1].ownerToken)) {}

    User userOf(const std::string &token) {
        return (*TokenStore(database, clock, kTokens).find(token))->user;
    }
    const std::string &anasDevice() const { return store.shops[0].ownerDevice; }
    const std::string &cajasDevice() const { return store.shops[0].cashierDevice; }
    const std::string &betosDevice() const { return store.shops[1].ownerDevice; }

    void execute(std::string_view sql) { (void)database.execute(sql); }
    /// The first column of the first row; empty if there is none.
    std::string value(std::string_view sql) {
        const auto rows = database.query(sql, 1);
        return rows && !rows->empty() ? rows->front()[0].value_or("NULL") : "";
    }

    TemporaryFolder folder;
    std::string url;
    SetClock clock;
    Database database;
    DemoStore store;
    User ana;
    User caja;
    User beto;

  private:
    DemoStore fill() {
        const char *tables[] = {"users",         "commerces",     "devices",
                                "app_instances", "notifications", "personal_access_tokens",
                                "sessions"};
        switch (database.kind()) {
        case DatabaseKind::Sqlite:
            break;
        case DatabaseKind::PostgreSql:
            for (const char *table : tables)
                execute(std::string("TRUNCATE ") + table + " RESTART IDENTITY CASCADE");
            break;
        case DatabaseKind::MariaDb:
            execute("SET FOREIGN_KEY_CHECKS = 0");
            for (const char *table : tables)
                execute(std::string("TRUNCATE ") + table);
            execute("SET FOREIGN_KEY_CHECKS = 1");
            break;
        }
        execute("DROP TABLE IF EXISTS pregon_outbox");
        return *makeDemoStore(database, clock, kUserType);
    }
};

inline HttpRequest jsonPost(std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.path = "/api/notifications";
    request.contentType = "application/json";
    request.scheme = "http";
    request.body = std::move(body);
    request.headers = {{"HTTP_HOST", "shop.example.test"}};
    return request;
}

} // namespace pregon::fcgitest
