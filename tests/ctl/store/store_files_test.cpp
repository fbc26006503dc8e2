// SPDX-License-Identifier: MIT
#include "ctl/store/store_files.h"

#include "ctl/host/as_daemon.h"
#include "ctl/store/store_as_daemon.h"
#include "tests/fcgi/demo_shops.h"
#include "tests/not_run.h"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

/// The application's SQLite file, as `pregonctl` of root looks at it.
TEST_GROUP(StoreFiles) {
    static constexpr uid_t kApplication = 60001, kOurs = 60002;
    static constexpr gid_t kFilesGroup = 60001, kOurGroup = 60002;
    fcgitest::TemporaryFolder folder;
    const std::string file = folder.file("database.sqlite");
    const Credentials member{"pregon", kOurs, {kOurGroup, kFilesGroup}};
    const Credentials stranger{"pregon", kOurs, {kOurGroup}};

    void setup() override {
        make("", kApplication, kFilesGroup, 0660);
        set(folder.file(""), kApplication, kFilesGroup, 02770);
    }
    static void set(const std::string &path, uid_t user, gid_t group, mode_t mode) {
        (void)!::chown(path.c_str(), user, group);
        ::chmod(path.c_str(), mode);
    }
    void make(const char *suffix, uid_t user, gid_t group, mode_t mode) const {
        std::ofstream(file + suffix).close();
        set(file + suffix, user, group, mode);
    }
    std::string fault(const Credentials &who) const {
        const auto found = findStoreFileFault(file, who);
        return found ? found->where.substr(folder.file("").size() - 1) + ": " + found->reason : "";
    }
    std::string attempt(const Credentials &who) const {
        AppConfig config;
        config.database = "sqlite:" + file;
        config.databaseTimeoutMs = 1000;
        const auto done = asUser(who, [&]() -> Result<std::string> {
            const auto tried = tryStore(config);
            return tried ? Result<std::string>(std::to_string(::geteuid()))
                         : tl::unexpected<Error>(tried.error());
        });
        return done ? *done : "refused: " + done.error().reason;
    }
    static bool isRoot() {
        if (::geteuid() == 0)
            return true;
        notRun("only root can give files away");
        return false;
    }
};

TEST(StoreFiles, FindsNothingWhereBothCanWrite) {
    make("-wal", kOurs, kFilesGroup, 0660);
    if (isRoot())
        STRCMP_EQUAL("", fault(member).c_str());
}

TEST(StoreFiles, NamesTheFileThatTheApplicationCannotWriteAnyMore) {
    if (!isRoot())
        return;
    make("-wal", kOurs, kFilesGroup, 0660);
    make("-shm", kOurs, kOurGroup, 0660);
    STRCMP_CONTAINS("/database.sqlite-shm is 60002:60002 0660, the store is 60001:60001 0660: the "
                    "application gets \"attempt to write a readonly database\"; chgrp 60001",
                    fault(member).c_str());
    set(file + "-shm", kOurs, kFilesGroup, 0640);
    STRCMP_CONTAINS("database.sqlite-shm", fault(member).c_str());
}

TEST(StoreFiles, NamesWhatTheDaemonsCannotWrite) {
    if (!isRoot())
        return;
    STRCMP_CONTAINS("user pregon cannot write", fault(stranger).c_str());
    set(folder.file(""), kApplication, kFilesGroup, 02750);
    STRCMP_CONTAINS("the daemons' user pregon cannot write", fault(member).c_str());
    set(folder.file(""), kApplication, kFilesGroup, 02770);
    make("-outbox", 0, 0, 0600);
    STRCMP_CONTAINS("database.sqlite-outbox", fault(member).c_str());
}

TEST(StoreFiles, WarnsOfAFolderWhoseNewFilesGetAnotherGroup) {
    if (!isRoot())
        return;
    set(file, kApplication, kFilesGroup, 0666);
    set(folder.file(""), kApplication, kFilesGroup, 0777);
    STRCMP_CONTAINS("chmod g+s it", fault(stranger).c_str());
    STRCMP_EQUAL("", fault(member).c_str());
}

TEST(StoreFiles, AreTriedAsTheDaemonsUserAndNotAsRoot) {
    if (!isRoot())
        return;
    STRCMP_EQUAL("60002", attempt(member).c_str());
    set(file, kApplication, kFilesGroup, 0640);
    STRCMP_CONTAINS("attempt to write a readonly database", attempt(member).c_str());
    STRCMP_CONTAINS("refused: ", attempt(stranger).c_str());
}
