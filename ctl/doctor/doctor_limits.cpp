// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/host/process_info.h"
#include "shared/small_file.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

namespace pregon {
namespace {

/// Below these a server works, but not for more than some hundred clients.
constexpr std::int64_t kFewFiles = 4096, kFewConnections = 2048;
/// Descriptors of a program besides those of its clients.
constexpr std::int64_t kOwnFiles = 64;
constexpr std::int64_t kDefaultConnections = 512; // nginx's, where nothing is configured
constexpr std::int64_t kPerClient = 2;            // nginx: the client's side and ours

/// The number of the last line that begins with `start`, blanks aside; 0: none.
std::size_t lineThatBegins(std::string_view text, std::string_view start) {
    std::size_t found = 0;
    for (std::size_t number = 1; !text.empty(); number++) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::size_t first = std::min(text.find_first_not_of(" \t"), text.size());
        if (first < end && text.substr(first, end - first).starts_with(start))
            found = number;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

/// `FILE:LINE` of the first of `starts` that the file has; empty: it has none, or is none.
std::string lineIn(const std::string &file, std::initializer_list<std::string_view> starts) {
    const auto text = readSmallFile(file);
    for (std::string_view start : starts)
        if (const std::size_t line = text ? lineThatBegins(*text, start) : 0; line > 0)
            return file + ":" + std::to_string(line);
    return "";
}

/// The supervisor above the process, by its arguments: its configuration file; empty: none.
std::string supervisorFile(pid_t pid) {
    constexpr int kMaxParents = 10;
    for (int i = 0; i < kMaxParents && pid > 1; i++, pid = parentOf(pid)) {
        const auto arguments = argumentsOf(pid);
        const bool isSupervisor =
            std::any_of(arguments.begin(), arguments.end(), [](const std::string &argument) {
                return argument == "supervisord" || argument.ends_with("/supervisord");
            });
        if (!isSupervisor)
            continue;
        const auto option = std::find(arguments.begin(), arguments.end(), "-c");
        return option == arguments.end() || option + 1 == arguments.end()
                   ? "/etc/supervisor/supervisord.conf"
                   : *(option + 1);
    }
    return "";
}

/// The unit's files from the one that wins to the one that is shipped (man systemd.unit).
std::vector<std::string> unitFiles(const std::string &unit) {
    constexpr const char *kFolders[] = {"/etc/systemd/system", "/run/systemd/system",
                                        "/usr/lib/systemd/system", "/lib/systemd/system"};
    std::map<std::string, std::string, std::greater<>> dropIns; // by their names
    std::vector<std::string> files;
    for (const std::string folder : kFolders) {
        std::error_code error;
        for (std::filesystem::directory_iterator entry(folder + "/" + unit + ".d", error), end;
             !error && entry != end; entry.increment(error))
            if (entry->path().extension() == ".conf")
                dropIns.emplace(entry->path().filename().string(), entry->path().string());
    }
    for (const auto &[name, path] : dropIns)
        files.push_back(path);
    for (const std::string folder : kFolders)
        files.push_back(folder + "/" + unit);
    return files;
}

/// Where the limit of pregon-worker's descriptors is set; empty: not known.
std::string whereFilesAreLimited(pid_t worker) {
    if (const std::string file = supervisorFile(worker); !file.empty())
        return lineIn(file, {"minfds", "[supervisord]"});
    for (const std::string &file : unitFiles("pregon-worker.service"))
        if (const std::string found = lineIn(file, {"LimitNOFILE="}); !found.empty())
            return found;
    return "";
}

std::int64_t numberOf(const NginxDirective *directive, std::int64_t standard) {
    std::int64_t number = 0;
    if (directive == nullptr)
        return standard;
    const std::string_view text = directive->argument(0);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : standard;
}

const NginxDirective *workerConnections(const NginxDirective &file) {
    const NginxDirective *events = file.find("events");
    return events != nullptr ? events->find("worker_connections") : nullptr;
}

/// What one of nginx's workers may open: as configured, else as one that runs with this file may.
std::optional<std::int64_t> nginxFiles(const NginxDirective &file) {
    if (const NginxDirective *limit = file.find("worker_rlimit_nofile"))
        return numberOf(limit, 0);
    const NginxDirective *pidFile = file.find("pid");
    const auto text = readSmallFile(pidFile != nullptr ? std::string(pidFile->argument(0))
                                                       : std::string("/run/nginx.pid"));
    return text ? openFilesLimit(std::atoi(text->c_str())) : std::nullopt;
}

} // namespace

Diagnosis checkOpenFiles(Visit &visit) {
    const auto limit = openFilesLimit(*visit.worker);
    if (!limit)
        return notChecked("/proc does not tell the limit of pregon-worker");
    std::int64_t wanted = visit.config->maxConnections;
    for (const App &app : visit.config->apps)
        wanted = std::max(wanted, app.maxConnections);
    const std::string clients = std::to_string(std::max<std::int64_t>(*limit - kOwnFiles, 0));
    if (*limit < std::max(kFewFiles, wanted + kOwnFiles))
        return broken("pregon-worker may open " + std::to_string(*limit) +
                          " files (NOFILE): room for " + clients +
                          " clients; set LimitNOFILE=65536 in its unit, or minfds=65536 in "
                          "supervisord.conf, and start it again",
                      whereFilesAreLimited(*visit.worker));
    return ok("pregon-worker may open " + std::to_string(*limit) + " files: room for " + clients +
              " clients");
}

Diagnosis checkWorkerConnections(Visit &visit) {
    const NginxDirective *directive = workerConnections(*visit.nginx);
    const std::int64_t connections = numberOf(directive, kDefaultConnections);
    const std::string clients = std::to_string(connections / kPerClient);
    if (connections < kFewConnections)
        return warning("worker_connections " + std::to_string(connections) +
                           ": each nginx worker "
                           "has room for " +
                           clients +
                           " WebSockets, which take two each; set 32768, and "
                           "worker_rlimit_nofile 65536 outside the block",
                       directive != nullptr ? directive->where() : visit.nginx->file);
    return ok("worker_connections " + std::to_string(connections) +
              ": each nginx worker has room "
              "for " +
              clients + " WebSockets");
}

Diagnosis checkWorkerFiles(Visit &visit) {
    const auto files = nginxFiles(*visit.nginx);
    if (!files)
        return notChecked("worker_rlimit_nofile is not set, and nginx does not run");
    const NginxDirective *directive = workerConnections(*visit.nginx);
    const std::int64_t connections = numberOf(directive, kDefaultConnections);
    const NginxDirective *limit = visit.nginx->find("worker_rlimit_nofile");
    if (*files < connections)
        return warning("an nginx worker may open " + std::to_string(*files) +
                           " files, less than its worker_connections " +
                           std::to_string(connections) +
                           ": set worker_rlimit_nofile to twice as many",
                       limit != nullptr       ? limit->where()
                       : directive != nullptr ? directive->where()
                                              : visit.nginx->file);
    return ok("an nginx worker may open " + std::to_string(*files) + " files");
}

} // namespace pregon
