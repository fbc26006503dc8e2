// SPDX-License-Identifier: MIT
#include "ctl/host/process_info.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <pwd.h>
#include <sstream>
#include <sys/stat.h>

namespace pregon {
namespace {

std::string processFile(pid_t pid, const char *name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

/// What follows `field` in the first line that begins with it; empty: there is none.
std::string fieldOf(const std::string &file, std::string_view field) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(field))
            return line.substr(field.size());
    return "";
}

bool mayPass(const struct stat &file, const Credentials &who, unsigned right) {
    if (who.user == 0)
        return true;
    if (file.st_uid == who.user)
        return (file.st_mode & (right << 6)) != 0;
    if (std::find(who.groups.begin(), who.groups.end(), file.st_gid) != who.groups.end())
        return (file.st_mode & (right << 3)) != 0;
    return (file.st_mode & right) != 0;
}

} // namespace

std::optional<Credentials> credentialsOfProcess(pid_t pid) {
    const std::string file = processFile(pid, "status");
    std::istringstream users(fieldOf(file, "Uid:")), groups(fieldOf(file, "Groups:")),
        mainGroups(fieldOf(file, "Gid:"));
    uid_t real = 0, effective = 0;
    if (!(users >> real >> effective))
        return std::nullopt;
    Credentials who;
    who.user = effective;
    gid_t group = 0;
    if (mainGroups >> group >> group)
        who.groups.push_back(group);
    while (groups >> group)
        who.groups.push_back(group);
    const passwd *entry = ::getpwuid(effective);
    who.name = entry != nullptr ? entry->pw_name : std::to_string(effective);
    return who;
}

std::optional<Credentials> credentialsOfUser(const std::string &name) {
    constexpr int kMaxGroups = 256;
    const passwd *entry = ::getpwnam(name.c_str());
    if (entry == nullptr)
        return std::nullopt;
    Credentials who{name, entry->pw_uid, std::vector<gid_t>(kMaxGroups)};
    int count = kMaxGroups;
    ::getgrouplist(name.c_str(), entry->pw_gid, who.groups.data(), &count);
    who.groups.resize(static_cast<std::size_t>(std::min(count, kMaxGroups)));
    return who;
}

std::optional<std::int64_t> openFilesLimit(pid_t pid) {
    std::istringstream limits(fieldOf(processFile(pid, "limits"), "Max open files"));
    std::int64_t soft = 0;
    if (!(limits >> soft))
        return std::nullopt;
    return soft;
}

pid_t parentOf(pid_t pid) {
    std::istringstream text(fieldOf(processFile(pid, "status"), "PPid:"));
    pid_t parent = 0;
    text >> parent;
    return parent;
}

std::vector<std::string> argumentsOf(pid_t pid) {
    std::ifstream file(processFile(pid, "cmdline"), std::ios::binary);
    std::vector<std::string> arguments;
    for (std::string argument; std::getline(file, argument, '\0');)
        arguments.push_back(argument);
    return arguments;
}

std::vector<pid_t> processesNamed(std::string_view name) {
    std::vector<pid_t> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string text = entry->path().filename().string();
        pid_t pid = 0;
        const auto [last, wrong] = std::from_chars(text.data(), text.data() + text.size(), pid);
        if (wrong != std::errc() || last != text.data() + text.size())
            continue;
        std::ifstream comm(entry->path() / "comm");
        std::string command;
        if (std::getline(comm, command) && command == name)
            found.push_back(pid);
    }
    return found;
}

std::string obstacleTo(const std::string &path, const Credentials &who) {
    std::string folder;
    struct stat file {};
    for (std::size_t slash = 0; slash != std::string::npos;) {
        slash = path.find('/', slash + 1);
        folder = path.substr(0, slash);
        const unsigned right = slash == std::string::npos ? S_IWOTH : S_IXOTH;
        if (::stat(folder.c_str(), &file) != 0 || !mayPass(file, who, right))
            return folder;
    }
    return "";
}

} // namespace pregon
