// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/host/as_daemon.h"
#include "ctl/store/store_as_daemon.h"
#include "ctl/store/store_files.h"

namespace pregon {

Diagnosis checkStoreOpens(Visit &visit) {
    const auto who = daemonUser(visit.options.configFile);
    const auto usable = asUser(who, [&]() -> Result<std::string> {
        if (const auto tried = tryStore(*visit.config); !tried)
            return tl::unexpected<Error>(tried.error());
        return "";
    });
    if (!usable)
        return broken("the store cannot be used" + (who ? " by " + who->name : "") + ": " +
                          usable.error().reason,
                      visit.whereIs("PREGON_DATABASE"));
    return ok("the store answers" + (who ? " the user " + who->name : ""));
}

Diagnosis checkStoreFiles(Visit &visit) {
    const std::string file = sqliteFile(*visit.config);
    if (file.empty())
        return notChecked("the store is no SQLite file");
    const auto who = daemonUser(visit.options.configFile);
    if (!who)
        return notChecked("no pregon-fcgi runs, and there is no user pregon");
    if (const auto fault = findStoreFileFault(file, *who))
        return broken(fault->reason, fault->where);
    return ok("owner, group and mode of the store's files suit " + who->name +
              " and the application");
}

Diagnosis checkStoreTables(Visit &visit) {
    const auto findings = askStore(visit.options.configFile, *visit.config);
    if (!findings)
        return notChecked("the store cannot be used: " + findings.error().reason);
    const auto join = [](const std::vector<std::string> &words) {
        std::string text;
        for (const std::string &word : words)
            text += (text.empty() ? "" : ", ") + word;
        return text;
    };
    if (!findings->missing.empty())
        return broken("missing in the store: " + join(findings->missing) +
                          "; pregonctl database migrate makes what is ours",
                      visit.whereIs("PREGON_DATABASE"));
    if (!findings->warnings.empty())
        return warning(join(findings->warnings));
    return ok("the store has the tables and columns that Pregón uses");
}

} // namespace pregon
