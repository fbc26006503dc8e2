// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor.h"

#include "ctl/command/printable.h"
#include "ctl/doctor/doctor_checks.h"
#include "shared/json/json_scan.h"

#include <algorithm>

namespace pregon {
namespace {

// What must be there for a check to be made.
constexpr unsigned kConfig = 1, kWorker = 2, kNginx = 4, kLaravel = 8, kSite = 16, kReached = 32,
                   kPregon = 64, kUpgraded = 128, kGreeted = 256, kJoined = 512;
constexpr unsigned kAtSite = kSite | kReached | kPregon;

struct Check {
    const char *name;
    unsigned needs;
    Diagnosis (*run)(Visit &);
};

constexpr Check kChecks[] = {
    {"configuration", 0, checkConfigurationFile},
    {"worker", kConfig, checkWorker},
    {"listener", kConfig, checkListener},
    {"responder", kConfig, checkResponder},
    {"sockets", kConfig, checkSocketPermissions},
    {"database", kConfig, checkStoreOpens},
    {"database-files", kConfig, checkStoreFiles},
    {"tables", kConfig, checkStoreTables},
    {"fallback", kConfig, checkFallback},
    {"webhooks", kConfig, checkWebhooks},
    {"disk", kConfig, checkDisk},
    {"apparmor", 0, checkAppArmor},
    {"open-files", kConfig | kWorker, checkOpenFiles},
    {"worker-connections", kNginx, checkWorkerConnections},
    {"nginx-files", kNginx, checkWorkerFiles},

    {"laravel-file", kLaravel, checkLaravelFile},
    {"laravel-driver", kLaravel, checkLaravelDriver},
    {"laravel-host", kLaravel, checkLaravelHost},
    {"laravel-scheme", kLaravel, checkLaravelScheme},
    {"laravel-keys", kLaravel | kConfig, checkLaravelKeys},
    {"laravel-cache", kLaravel, checkLaravelCache},
    {"laravel-sessions", kLaravel | kConfig, checkLaravelSessions},
    {"laravel-path", kLaravel | kConfig, checkLaravelPath},
    {"dashboard-key", kLaravel | kConfig, checkDashboardKey},
    {"dashboard-address", kLaravel, checkDashboardAddress},

    {"dns", kSite, checkName},
    {"connect", kSite, checkConnect},
    {"tls", kSite, checkTls},
    {"certificate", kSite, checkCertificate},
    {"scheme", kSite, checkScheme},
    {"site", kSite | kReached, checkSite},
    {"read-timeout", kConfig, checkReadTimeout},
    {"body-setting", kConfig | kNginx, checkBodySetting},
    {"upgrade", kAtSite, checkUpgrade},
    {"greeting", kAtSite | kUpgraded, checkGreeting},
    {"events-api", kAtSite, checkEventsApi},
    {"clock", kAtSite, checkClock},
    {"signature", kAtSite, checkSignature},
    {"dashboard-script", kConfig, checkPageScripts},
    {"auth", kAtSite, checkAuth},
    {"api-auth", kAtSite, checkApiAuth},
    {"authorization", kAtSite, checkAuthorizationHeader},
    {"user", kAtSite, checkUserLogin},
    {"cors", kAtSite, checkCors},
    {"phone-api", kAtSite, checkPhonePath},
    {"subscription", kAtSite | kUpgraded | kGreeted, checkSubscription},
    {"delivery", kAtSite | kUpgraded | kGreeted | kJoined, checkDelivery},
    {"body-limit", kAtSite | kUpgraded | kGreeted | kJoined | kConfig, checkBodyLimit},
    {"idle", kAtSite | kUpgraded | kGreeted, checkIdle},
};

/// Why a check cannot be made; empty: it can.
std::string hindrance(const Visit &visit, unsigned needs) {
    const struct {
        unsigned need;
        bool isThere;
        std::string reason;
    } conditions[] = {
        {kConfig, visit.config.has_value(), "the configuration cannot be read"},
        {kWorker, visit.worker.has_value(), "pregon-worker does not answer"},
        {kNginx, visit.nginx.has_value(), visit.nginxFault},
        {kLaravel, visit.laravel.has_value(), "no --laravel-env"},
        {kSite, visit.site.has_value(), visit.siteFault},
        {kReached, visit.connection.has_value(), "there is no connection to the URL"},
        {kPregon, visit.isPregon, "Pregón does not answer the URL"},
        {kUpgraded, visit.socket != nullptr, "there is no WebSocket"},
        {kGreeted, !visit.socketId.empty(), "there was no greeting"},
        {kJoined, !visit.channel.empty(), "there is no subscription"},
    };
    for (const auto &condition : conditions)
        if ((needs & condition.need) != 0 && !condition.isThere)
            return condition.reason;
    return "";
}

/// A part of it may be what another server said.
std::string shown(std::string_view text) {
    constexpr std::size_t kLongest = 600;
    std::string plain = printable(text.substr(0, kLongest));
    if (!isValidUtf8(plain))
        std::replace_if(
            plain.begin(), plain.end(), [](char c) { return static_cast<signed char>(c) < 0; },
            '?');
    return plain;
}

} // namespace

Result<std::vector<Finding>> examine(DoctorOptions options) {
    auto visit = beginVisit(std::move(options));
    if (!visit)
        return tl::unexpected<Error>(visit.error());
    std::vector<Finding> findings;
    for (const Check &check : kChecks) {
        const std::string reason = hindrance(*visit, check.needs);
        const Diagnosis diagnosis = reason.empty() ? check.run(*visit) : notChecked(reason);
        findings.push_back(
            {check.name, diagnosis.verdict, shown(diagnosis.text), shown(diagnosis.where)});
    }
    return findings;
}

} // namespace pregon
