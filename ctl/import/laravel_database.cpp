// SPDX-License-Identifier: MIT
#include "ctl/import/laravel_database.h"

#include "shared/store/database_url.h"
#include "shared/url_encoding.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace pregon {
namespace {

/// Laravel's names of drivers in a URL (ConfigurationUrlParser).
std::string driverOf(const std::string &scheme) {
    const std::map<std::string, std::string> aliases = {{"mssql", "sqlsrv"},
                                                        {"mysql2", "mysql"},
                                                        {"postgres", "pgsql"},
                                                        {"postgresql", "pgsql"},
                                                        {"sqlite3", "sqlite"}};
    const auto found = aliases.find(scheme);
    return found != aliases.end() ? found->second : scheme;
}

/// An address that a URL can hold: a name, IPv4 or IPv6.
bool isHost(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("-._").find(c) != std::string_view::npos;
    });
}

bool isIpv6(std::string_view text) {
    return std::count(text.begin(), text.end(), ':') >= 2 &&
           text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

class Connection {
  public:
    Connection(const LaravelEnv &env, std::string folder, const PhpConfig &config)
        : env_(env), folder_(std::move(folder)), config_(config) {}

    LaravelDatabase read() {
        for (const auto &[part, name] :
             {std::pair("driver", "DB_CONNECTION"), std::pair("host", "DB_HOST"),
              std::pair("port", "DB_PORT"), std::pair("database", "DB_DATABASE"),
              std::pair("username", "DB_USERNAME"), std::pair("password", "DB_PASSWORD"),
              std::pair("unix_socket", "DB_SOCKET"), std::pair("sslmode", "DB_SSLMODE"),
              std::pair("prefix", "DB_PREFIX"), std::pair("sslca", "MYSQL_ATTR_SSL_CA")})
            parts_[part] = env_.value(name);
        result_.from = "DB_CONNECTION, DB_HOST, DB_DATABASE …";
        if (const std::string name = urlName(); !name.empty())
            readUrl(name);
        if (result_.reason.empty())
            makeUrl();
        result_.prefix = parts_["prefix"];
        return std::move(result_);
    }

  private:
    void refuse(const std::string &reason) { result_.reason = reason; }

    /// DATABASE_URL is what Laravel 10 and before asked for.
    std::string urlName() {
        if (!env_.value("DB_URL").empty())
            return "DB_URL";
        if (env_.value("DATABASE_URL").empty())
            return "";
        if (config_.mentions("DATABASE_URL"))
            return "DATABASE_URL";
        if (config_.mentions("DB_URL") || !parts_["host"].empty() || !parts_["database"].empty())
            return "";
        return "DATABASE_URL";
    }

    /// Its parts win over the lines', as in Laravel; what it does not say is theirs.
    void readUrl(const std::string &name) {
        const std::string url = env_.value(name);
        std::string_view rest = url;
        const std::size_t colon = rest.find("://");
        if (colon == std::string_view::npos)
            return refuse(name + ": is no URL");
        result_.from = name;
        parts_["driver"] = driverOf(url.substr(0, colon));
        rest.remove_prefix(colon + 3);
        if (rest.find('#') != std::string_view::npos)
            return refuse(name + ": holds a #, which must be written %23");
        const std::size_t question = std::min(rest.find('?'), rest.size());
        const std::string_view query = rest.substr(std::min(question + 1, rest.size()));
        rest = rest.substr(0, question);
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        if (rest.size() > slash + 1)
            parts_["database"] = percentDecode(rest.substr(slash + 1), PlusSign::IsPlus);
        readAuthority(rest.substr(0, slash));
        for (const auto &[option, value] : parseUrlEncoded(query))
            readOption(name, option, value);
    }

    void readAuthority(std::string_view text) {
        if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
            const std::string_view login = text.substr(0, at);
            const std::size_t colon = std::min(login.find(':'), login.size());
            parts_["username"] = percentDecode(login.substr(0, colon), PlusSign::IsPlus);
            if (colon < login.size())
                parts_["password"] = percentDecode(login.substr(colon + 1), PlusSign::IsPlus);
            text.remove_prefix(at + 1);
        }
        const std::size_t colon = text.rfind(':');
        const bool hasPort = colon != std::string_view::npos && text.find(']', colon) == text.npos;
        if (hasPort)
            parts_["port"] = text.substr(colon + 1);
        std::string_view host = text.substr(0, hasPort ? colon : text.size());
        if (host.starts_with('[') && host.ends_with(']'))
            host = host.substr(1, host.size() - 2);
        if (!host.empty())
            parts_["host"] = percentDecode(host, PlusSign::IsPlus);
    }

    /// Laravel puts the query's fields among the connection's settings, under their own names.
    void readOption(const std::string &name, const std::string &option, const std::string &value) {
        const bool isPgsql = parts_["driver"] == "pgsql";
        const std::string_view known[] = {"unix_socket", "prefix",   "host",    "port",
                                          "database",    "username", "password"};
        const std::string_view ofPgsql[] = {"sslmode", "sslrootcert", "sslcert", "sslkey"};
        if (std::find(std::begin(known), std::end(known), option) != std::end(known) ||
            (isPgsql &&
             std::find(std::begin(ofPgsql), std::end(ofPgsql), option) != std::end(ofPgsql))) {
            parts_[option] = value;
        } else if (isPgsql && (option == "schema" || option == "search_path")) {
            if (value != "public")
                refuse(name + ": the " + option +
                       " is not public: name the tables with it in PREGON_TABLES, and write "
                       "PREGON_DATABASE yourself");
        } else if (option == "read" || option == "write" || option.starts_with("read[") ||
                   option.starts_with("write[")) {
            refuse(name + ": has servers of their own for reading and writing");
        } else if (option != "charset" && option != "collation") {
            result_.warnings.push_back(name + ": " + option +
                                       " has no effect on Laravel's connection, nor here");
        }
    }

    void makeUrl() {
        const std::string &driver = parts_["driver"];
        if (driver == "sqlite")
            return makeSqlite();
        if (driver == "pgsql" || driver == "mysql" || driver == "mariadb")
            return makeServer(driver == "pgsql");
        if (!driver.empty())
            refuse("DB_CONNECTION: " + driver +
                   " is not supported: sqlite, mysql, mariadb or pgsql");
        else if (!parts_["database"].empty() || !parts_["host"].empty())
            refuse(
                "DB_CONNECTION: not set: whether it is mysql, mariadb, pgsql or sqlite depends on "
                "the application");
    }

    void makeSqlite() {
        const std::string &name = parts_["database"];
        if (name == ":memory:")
            return refuse("DB_DATABASE: a database in memory belongs to one process");
        if (result_.from == "DB_URL" && !name.starts_with('/'))
            return refuse("DB_URL: the path of a SQLite file must be absolute: sqlite:////PATH");
        const std::filesystem::path path(name.empty() ? "database/database.sqlite" : name);
        result_.url = "sqlite:" + (folder_ / path).lexically_normal().string();
        if (result_.from != "DB_URL")
            result_.from = "DB_DATABASE";
    }

    /// PostgreSQL's host may be the folder of its socket, MariaDB has a setting for the file.
    void makeServer(bool isPgsql) {
        const std::string host = parts_["host"].empty() ? "127.0.0.1" : parts_["host"];
        const std::string socket =
            isPgsql ? (host.starts_with('/') ? host : "") : parts_["unix_socket"];
        if (parts_["database"].empty())
            return refuse("DB_DATABASE: not set: which database it is depends on the application");
        if (parts_["username"].empty())
            return refuse("DB_USERNAME: not set: which user it is depends on the application");
        if (socket.empty() && !isHost(host) && !isIpv6(host))
            return refuse("DB_HOST: is no host name or address (a port belongs into DB_PORT)");
        std::string text = isPgsql ? "postgresql://" : "mariadb://";
        text += percentEncode(parts_["username"]);
        if (!parts_["password"].empty())
            text += ":" + percentEncode(parts_["password"]);
        text += "@";
        if (socket.empty())
            text += (isIpv6(host) ? "[" + host + "]" : host);
        if (!parts_["port"].empty() && (socket.empty() || isPgsql))
            text += ":" + parts_["port"];
        text += "/" + percentEncode(parts_["database"]) + options(isPgsql, socket);
        if (const auto valid = parseDatabaseUrl(text); !valid)
            return refuse(result_.from + ": " + valid.error().reason);
        result_.url = text;
    }

    std::string options(bool isPgsql, const std::string &socket) {
        std::string text;
        const auto add = [&](const std::string &name, const std::string &value) {
            if (!value.empty())
                text += (text.empty() ? "?" : "&") + name + "=" + percentEncode(value);
        };
        add("socket", socket);
        if (isPgsql)
            for (const char *name : {"sslmode", "sslrootcert", "sslcert", "sslkey"})
                add(name, parts_[name]);
        else
            add("sslca", parts_["sslca"]);
        return text;
    }

    const LaravelEnv &env_;
    std::filesystem::path folder_;
    const PhpConfig &config_;
    std::map<std::string, std::string> parts_; ///< by Laravel's names of a connection's settings
    LaravelDatabase result_;
};

} // namespace

LaravelDatabase readLaravelDatabase(const LaravelEnv &env, const std::string &folder,
                                    const PhpConfig &config) {
    return Connection(env, folder, config).read();
}

} // namespace pregon
