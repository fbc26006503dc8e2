// SPDX-License-Identifier: MIT
#include "shared/store/database_url.h"

#include "shared/url_encoding.h"

#include <algorithm>
#include <optional>
#include <span>

namespace pregon {
namespace {

struct Scheme {
    std::string_view prefix;
    DatabaseKind kind;
};
constexpr Scheme kSchemes[] = {
    {"sqlite:", DatabaseKind::Sqlite},         {"postgresql://", DatabaseKind::PostgreSql},
    {"postgres://", DatabaseKind::PostgreSql}, {"pgsql://", DatabaseKind::PostgreSql},
    {"mariadb://", DatabaseKind::MariaDb},     {"mysql://", DatabaseKind::MariaDb},
};

constexpr std::string_view kPostgreSqlOptions[] = {"socket", "sslmode", "sslrootcert", "sslcert",
                                                   "sslkey"};
constexpr std::string_view kMariaDbOptions[] = {"socket", "sslca"};

bool isOption(DatabaseKind kind, std::string_view name) {
    const std::span<const std::string_view> known =
        kind == DatabaseKind::PostgreSql ? std::span<const std::string_view>(kPostgreSqlOptions)
                                         : std::span<const std::string_view>(kMariaDbOptions);
    return std::find(known.begin(), known.end(), name) != known.end();
}

bool isPort(std::string_view text) {
    return text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What stands before `separator`, which is taken off `rest` too; nullopt: there is none.
std::optional<std::string_view> cutAt(std::string_view &rest, std::size_t separator) {
    if (separator == std::string_view::npos)
        return std::nullopt;
    const std::string_view before = rest.substr(0, separator);
    rest.remove_prefix(separator + 1);
    return before;
}

void readCredentials(DatabaseUrl &url, std::string_view text) {
    if (const auto user = cutAt(text, text.find(':'))) {
        url.user = percentDecode(*user, PlusSign::IsPlus);
        url.password = percentDecode(text, PlusSign::IsPlus);
    } else {
        url.user = percentDecode(text, PlusSign::IsPlus);
    }
}

/// `host`, `host:port`, `[::1]:port`.
Result<Done> readAddress(DatabaseUrl &url, std::string_view text) {
    std::size_t colon = text.rfind(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos)
            return failure(Errc::BadRequest, "malformed host");
        url.host = text.substr(1, bracket - 1);
        text.remove_prefix(bracket + 1);
        colon = text.find(':');
    } else {
        url.host = percentDecode(text.substr(0, colon), PlusSign::IsPlus);
    }
    if (colon == std::string_view::npos)
        return Done{};
    url.port = text.substr(colon + 1);
    if (!isPort(url.port))
        return failure(Errc::BadRequest, "malformed port");
    return Done{};
}

Result<Done> readOptions(DatabaseUrl &url, std::string_view text) {
    while (!text.empty()) {
        std::string_view option = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(option.size() + 1, text.size()));
        const auto name = cutAt(option, option.find('='));
        if (!name || !isOption(url.kind, *name))
            return failure(Errc::BadRequest, "unknown option");
        url.options.insert_or_assign(std::string(*name), percentDecode(option, PlusSign::IsPlus));
    }
    return Done{};
}

/// For a connect string: the libraries take `'` and `\` behind a backslash.
std::string quoted(std::string_view value) {
    std::string text = "'";
    for (char c : value) {
        if (c == '\'' || c == '\\')
            text += '\\';
        text += c;
    }
    return text + "'";
}

void append(std::string &text, std::string_view name, std::string_view value) {
    if (!value.empty())
        text += std::string(name) + "=" + quoted(value) + " ";
}

std::string option(const DatabaseUrl &url, const std::string &name) {
    const auto found = url.options.find(name);
    return found != url.options.end() ? found->second : "";
}

std::string postgreSqlText(const DatabaseUrl &url, std::chrono::milliseconds timeout) {
    const std::string socket = option(url, "socket");
    const std::string milliseconds = std::to_string(timeout.count());
    std::string text = "application_name=pregon connect_timeout=" + wholeSeconds(timeout) +
                       " tcp_user_timeout=" + milliseconds + " ";
    append(text, "host", socket.empty() ? url.host : socket);
    append(text, "port", url.port);
    append(text, "user", url.user);
    append(text, "password", url.password);
    append(text, "dbname", url.name);
    for (const auto &[name, value] : url.options)
        if (name != "socket")
            append(text, name, value);
    return text;
}

std::string mariaDbText(const DatabaseUrl &url, std::chrono::milliseconds timeout) {
    const std::string seconds = wholeSeconds(timeout);
    // The library gives a statement up a little later than the server does.
    std::string text = "charset=utf8mb4 connect_timeout=" + seconds +
                       " read_timeout=" + wholeSeconds(timeout * 2) + " write_timeout=" + seconds +
                       " ";
    append(text, "host", url.host);
    append(text, "port", url.port);
    append(text, "user", url.user);
    append(text, "pass", url.password);
    append(text, "db", url.name);
    append(text, "unix_socket", option(url, "socket"));
    append(text, "sslca", option(url, "sslca"));
    return text;
}

} // namespace

Result<DatabaseUrl> parseDatabaseUrl(std::string_view text) {
    const auto scheme = std::find_if(std::begin(kSchemes), std::end(kSchemes),
                                     [&](const Scheme &s) { return text.starts_with(s.prefix); });
    if (scheme == std::end(kSchemes))
        return failure(Errc::BadRequest, "expected sqlite:PATH, postgresql://… or mariadb://…");
    text.remove_prefix(scheme->prefix.size());
    DatabaseUrl url;
    url.kind = scheme->kind;
    if (url.kind == DatabaseKind::Sqlite) {
        url.path = text;
        if (url.path.empty())
            return failure(Errc::BadRequest, "expected a path after sqlite:");
        return url;
    }
    const std::size_t question = std::min(text.find('?'), text.size());
    const std::string_view options = text.substr(std::min(question + 1, text.size()));
    text = text.substr(0, question);
    if (const auto credentials = cutAt(text, text.rfind('@')))
        readCredentials(url, *credentials);
    const auto address = cutAt(text, text.find('/'));
    url.name = percentDecode(text, PlusSign::IsPlus);
    if (!address || url.name.empty())
        return failure(Errc::BadRequest, "expected /NAME of the database");
    if (const auto read = readAddress(url, *address); !read)
        return tl::unexpected<Error>(read.error());
    if (const auto read = readOptions(url, options); !read)
        return tl::unexpected<Error>(read.error());
    return url;
}

std::string connectText(const DatabaseUrl &url, std::chrono::milliseconds timeout) {
    switch (url.kind) {
    case DatabaseKind::Sqlite:
        return "dbname=\"" + url.path + "\"";
    case DatabaseKind::PostgreSql:
        return postgreSqlText(url, timeout);
    case DatabaseKind::MariaDb:
        return mariaDbText(url, timeout);
    }
    return {};
}

std::string wholeSeconds(std::chrono::milliseconds time) {
    return std::to_string(std::max<std::int64_t>(1, (time.count() + 999) / 1000));
}

} // namespace pregon
