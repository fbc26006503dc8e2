// SPDX-License-Identifier: MIT
#include "fcgi/notifications/channel_lock.h"
#include "shared/store/database.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/not_run.h"

#include <filesystem>
#include <fstream>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

/// The application's file, in its folder without setgid bit, and Pregón as another user who is in
/// the file's group.
TEST_GROUP(SharedSqliteFile) {
    static constexpr uid_t kApplication = 60001, kOurs = 60002;
    static constexpr gid_t kFilesGroup = 60001, kOurGroup = 60002;
    fcgitest::TemporaryFolder folder;
    const std::string file = folder.file("database.sqlite");

    void setup() override {
        std::ofstream(file).close();
        ::chmod(file.c_str(), 0660);
        ::chmod(folder.file("").c_str(), 0770);
        for (const std::string &path : {file, folder.file("")})
            (void)!::chown(path.c_str(), kApplication, kFilesGroup);
    }

    /// 0 if `holds` for a process of ours.
    template <class Condition>
    static int asOurs(const Condition &holds) {
        const pid_t child = ::fork();
        if (child == 0) {
            const gid_t groups[] = {kOurGroup, kFilesGroup};
            ::umask(0077);
            const bool isOurs =
                ::setgroups(2, groups) == 0 && ::setgid(kOurGroup) == 0 && ::setuid(kOurs) == 0;
            ::_exit(isOurs && holds() ? 0 : 1);
        }
        int status = -1;
        ::waitpid(child, &status, 0);
        return status;
    }
    bool isAsTheFile(const char *suffix) const {
        struct stat beside {};
        return ::stat((file + suffix).c_str(), &beside) == 0 && beside.st_uid == kOurs &&
               beside.st_gid == kFilesGroup && (beside.st_mode & 0777) == 0660;
    }
};

TEST(SharedSqliteFile, WhatWeMakeBesideItCanBeWrittenByTheApplication) {
    if (::geteuid() != 0)
        return notRun("only root can be another user");
    LONGS_EQUAL(0, asOurs([&] {
                    const auto database = Database::open("sqlite:" + file);
                    ChannelLock lock(file);
                    return database && lock.acquire("a", ChannelLock::Patience::None) &&
                           isAsTheFile("-wal") && isAsTheFile("-shm") && isAsTheFile("-outbox");
                }));
}
