// SPDX-License-Identifier: MIT
#include "ctl/store/store_files.h"

#include <algorithm>
#include <filesystem>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace pregon {
namespace {

std::string userName(uid_t user) {
    const passwd *entry = ::getpwuid(user);
    return entry != nullptr ? entry->pw_name : std::to_string(user);
}

std::string groupName(gid_t id) {
    const group *entry = ::getgrgid(id);
    return entry != nullptr ? entry->gr_name : std::to_string(id);
}

std::string octal(mode_t mode) {
    std::string text = "0";
    for (const int shift : {6, 3, 0})
        text += static_cast<char>('0' + ((mode >> shift) & 7U));
    return text;
}

std::string described(const struct stat &file) {
    return userName(file.st_uid) + ":" + groupName(file.st_gid) + " " + octal(file.st_mode);
}

bool hasAccessList(const std::string &path) {
    return ::lgetxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

/// Why the application that owns the file cannot use what is beside it; nullopt: it can.
std::optional<StoreFileFault> compare(const struct stat &file, const std::string &path) {
    struct stat beside {};
    if (::lstat(path.c_str(), &beside) != 0 || hasAccessList(path))
        return std::nullopt;
    const bool isOpen = (file.st_mode & 0660 & ~beside.st_mode) == 0;
    if (beside.st_gid == file.st_gid && isOpen)
        return std::nullopt;
    return StoreFileFault{path + " is " + described(beside) + ", the store is " + described(file) +
                              ": the application gets \"attempt to write a readonly database\"; "
                              "chgrp " +
                              groupName(file.st_gid) + " and chmod " + octal(file.st_mode) +
                              " it, and give the folder the bit g+s",
                          path};
}

std::optional<StoreFileFault> cannotWrite(const std::string &path, const Credentials &who) {
    const std::string obstacle = obstacleTo(path, who);
    if (obstacle.empty() || hasAccessList(obstacle))
        return std::nullopt;
    return StoreFileFault{"the daemons' user " + who.name + " cannot write " + path +
                              ": add it to the group of the store's files and give that group the "
                              "right to write",
                          obstacle};
}

} // namespace

std::optional<StoreFileFault> findStoreFileFault(const std::string &file, const Credentials &who) {
    const std::string folder = std::filesystem::absolute(file).parent_path().string();
    struct stat store {
    }, above{};
    if (::stat(file.c_str(), &store) != 0 || ::stat(folder.c_str(), &above) != 0)
        return std::nullopt;
    for (const std::string &path : {file, folder})
        if (auto fault = cannotWrite(path, who))
            return fault;
    for (const char *suffix : {"-wal", "-shm", "-outbox"})
        if (struct stat beside{}; ::lstat((file + suffix).c_str(), &beside) == 0)
            if (auto fault = cannotWrite(file + suffix, who))
                return fault;
    for (const char *suffix : {"-wal", "-shm"})
        if (auto fault = compare(store, file + suffix))
            return fault;
    const bool isShared = store.st_uid != who.user && who.user != 0;
    const bool mayGiveGroup =
        std::find(who.groups.begin(), who.groups.end(), store.st_gid) != who.groups.end();
    if (isShared && !mayGiveGroup && (above.st_mode & S_ISGID) == 0 && !hasAccessList(folder))
        return StoreFileFault{"what " + who.name + " makes in this folder does not get the group " +
                                  groupName(store.st_gid) +
                                  " of the store, so that the application cannot write it: chmod "
                                  "g+s it",
                              folder};
    return std::nullopt;
}

} // namespace pregon
