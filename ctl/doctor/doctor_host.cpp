// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/host/process_info.h"
#include "shared/auth/channel_authorizer.h"
#include "shared/ipc/worker_client.h"
#include "shared/json/json.h"
#include "shared/small_file.h"
#include "shared/url_encoding.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/statvfs.h>

namespace pregon {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};

ProbeRoute routeTo(const ListenAddress &address) {
    if (address.isUnix())
        return {{"http", "localhost", 80, ""}, address.path, false, kPatience};
    const bool isAnywhere = address.host == "0.0.0.0" || address.host == "::";
    const std::string host = isAnywhere ? "127.0.0.1"
                             : address.host.find(':') != std::string::npos
                                 ? "[" + address.host + "]"
                                 : address.host;
    return {{"http", host, std::atoi(address.port.c_str()), ""}, "", false, kPatience};
}

std::string join(const std::vector<std::string> &words) {
    std::string text;
    for (const std::string &word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// The process that opens the web server's upstream sockets: a child of nginx's master, or the
/// Caddy that was started with the file; nullopt: no such process runs.
std::optional<Credentials> runningWebServer(const Visit &visit) {
    if (!visit.caddyFile.empty()) {
        for (pid_t pid : processesNamed("caddy")) {
            const auto arguments = argumentsOf(pid);
            if (std::find(arguments.begin(), arguments.end(), visit.caddyFile) != arguments.end())
                return credentialsOfProcess(pid);
        }
        return std::nullopt;
    }
    if (!visit.nginx)
        return std::nullopt;
    const NginxDirective *pidFile = visit.nginx->find("pid");
    const auto text = readSmallFile(pidFile != nullptr ? std::string(pidFile->argument(0))
                                                       : std::string("/run/nginx.pid"));
    const pid_t master = text ? std::atoi(text->c_str()) : 0;
    for (pid_t pid : processesNamed("nginx"))
        if (master > 0 && parentOf(pid) == master)
            return credentialsOfProcess(pid);
    return std::nullopt;
}

std::optional<Credentials> webServerUser(const Visit &visit) {
    if (auto running = runningWebServer(visit))
        return running;
    if (!visit.caddyFile.empty())
        return credentialsOfUser("caddy");
    const NginxDirective *user = visit.nginx ? visit.nginx->find("user") : nullptr;
    return credentialsOfUser(user != nullptr ? std::string(user->argument(0)) : "www-data");
}

std::vector<std::string> webServerSockets(const AppConfig &config) {
    std::vector<std::string> paths;
    for (const auto *list : {&config.wsListen, &config.fcgiListen})
        for (const ListenAddress &address : *list)
            if (address.isUnix())
                paths.push_back(address.path);
    return paths;
}

} // namespace

Diagnosis checkConfigurationFile(Visit &visit) {
    if (!visit.config)
        return broken(visit.configFault, visit.options.configFile);
    const auto rules = readSmallFile(visit.config->channelsFile);
    if (!rules)
        return broken(rules.error().reason, visit.whereIs("PREGON_CHANNELS"));
    if (const auto parsed = ChannelAuthorizer::parse(*rules, visit.config->userColumns); !parsed)
        return broken(parsed.error().reason, visit.config->channelsFile);
    const auto warnings = configWarnings(*visit.config);
    if (!warnings.empty())
        return warning(warnings.front().key + ": " + warnings.front().reason +
                           (warnings.size() > 1 ? " (pregonctl check lists more)" : ""),
                       visit.whereIs(warnings.front().key));
    return ok("the configuration and the channel rules are valid");
}

Diagnosis checkWorker(Visit &visit) {
    const auto status = WorkerClient(visit.config->ipcSocket, kPatience).status();
    if (!status)
        return broken("pregon-worker does not answer: " + status.error().reason +
                          "; is it running (systemctl status pregon-worker, supervisorctl status), "
                          "and does this user have the right to ask it",
                      visit.config->ipcSocket);
    const auto document = JsonDocument::parse(*status);
    const auto pid = document ? document->root().find("pid").asInteger() : std::nullopt;
    if (!pid)
        return broken("what answers is not pregon-worker of this version", visit.config->ipcSocket);
    visit.worker = static_cast<pid_t>(*pid);
    if (document->root().find("draining").asBoolean().value_or(false))
        return warning("pregon-worker is draining: it ends soon and takes no clients");
    const JsonValue shared = document->root().find("recovery").find("shared_tokens");
    if (shared.asInteger().value_or(0) > 0)
        return warning(
            "several pages use one resume token, so that none of them is given what it "
            "missed: make the token in the page, not when it is built (docs/recovery.md)");
    return ok("pregon-worker runs, process " + std::to_string(*pid));
}

Diagnosis checkListener(Visit &visit) {
    std::vector<std::string> answering;
    for (const ListenAddress &address : visit.config->wsListen) {
        const ProbeRoute route = routeTo(address);
        auto connection = ProbeConnection::open(route);
        if (!connection)
            return broken("nothing takes WebSockets on " + address.text() + ": " +
                              connection.error().reason,
                          visit.whereIs("PREGON_WS_LISTEN"));
        WebSocketProbe socket(std::move(*connection));
        const std::string path = visit.config->serverPath + "/app/" +
                                 percentEncode(visit.config->apps.front().key) + "?protocol=7";
        const auto head = socket.upgrade(route.site, path, "http://localhost", visit.deadline());
        if (!head || head->status != 101)
            return broken(
                "what listens on " + address.text() + " does not speak WebSocket: " +
                    (head ? "status " + std::to_string(head->status) : head.error().reason),
                visit.whereIs("PREGON_WS_LISTEN"));
        answering.push_back(address.text());
    }
    return ok("WebSockets are taken on " + join(answering));
}

Diagnosis checkResponder(Visit &visit) {
    std::vector<std::string> answering;
    for (const ListenAddress &address : visit.config->fcgiListen) {
        if (const auto connection = ProbeConnection::open(routeTo(address)); !connection)
            return broken(
                "pregon-fcgi does not take requests on " + address.text() + ": " +
                    connection.error().reason +
                    "; is it running (systemctl status pregon-fcgi, supervisorctl status)",
                visit.whereIs("PREGON_FCGI_LISTEN"));
        answering.push_back(address.text());
    }
    return ok("pregon-fcgi takes requests on " + join(answering));
}

Diagnosis checkSocketPermissions(Visit &visit) {
    const auto paths = webServerSockets(*visit.config);
    if (paths.empty())
        return notChecked("no Unix-domain sockets are configured");
    const auto who = webServerUser(visit);
    if (!who)
        return notChecked("no web server is running, and its user is not known");
    for (const std::string &path : paths)
        if (const std::string obstacle = obstacleTo(path, *who); !obstacle.empty())
            return broken("the web server's user " + who->name + " cannot reach " + path +
                              ": add it to the socket's group (adduser " + who->name +
                              " pregon-web) and restart the web server, or correct the mode",
                          obstacle);
    return ok("the web server's user " + who->name + " can reach " + join(paths));
}

Diagnosis checkDisk(Visit &visit) {
    constexpr std::uintmax_t kTooLittle = 10 << 20, kLittle = 200 << 20;
    std::set<std::string> folders{"/var/log"};
    const std::string sqlite = "sqlite:";
    if (visit.config->database.starts_with(sqlite))
        folders.insert(std::filesystem::path(visit.config->database.substr(sqlite.size()))
                           .parent_path()
                           .string());
    std::string scarce;
    for (const std::string &folder : folders) {
        struct statvfs disk {};
        if (::statvfs(folder.c_str(), &disk) != 0)
            continue;
        const std::uintmax_t bytes = disk.f_bavail * static_cast<std::uintmax_t>(disk.f_frsize);
        const bool hasNoFiles = disk.f_files > 0 && disk.f_favail == 0;
        const std::string text = "the disk has " + std::to_string(bytes >> 20) + " MiB left";
        if (bytes < kTooLittle || hasNoFiles)
            return broken("the disk is full: " + (hasNoFiles ? "no file can be made" : text) +
                              "; notices cannot be stored: make room",
                          folder);
        if ((disk.f_flag & ST_RDONLY) != 0)
            return broken("the disk is mounted read-only: notices cannot be stored", folder);
        scarce = bytes < kLittle ? folder : scarce;
    }
    if (!scarce.empty())
        return warning("the disk has less than 200 MiB left", scarce);
    return ok("there is room on the disk");
}

Diagnosis checkAppArmor(Visit &) {
    std::ifstream enabled("/sys/module/apparmor/parameters/enabled");
    if (std::string word; !(enabled >> word) || word != "Y")
        return notChecked("AppArmor is not active here");
    std::ifstream profiles("/sys/kernel/security/apparmor/profiles");
    if (!profiles)
        return notChecked("the profiles in the kernel can be read by root only");
    std::vector<std::string> found;
    for (std::string line; std::getline(profiles, line);)
        if (line.find("pregon-") != std::string::npos)
            found.push_back(line);
    if (found.empty())
        return ok("AppArmor has no profile for Pregón: nothing is in its way");
    return ok("AppArmor: " + join(found) + " (denials: journalctl -k --grep apparmor.*pregon)");
}

} // namespace pregon
