// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/doctor_visit.h"

namespace pregon {

// The checks of `pregonctl doctor`: each looks at one thing and says what it saw. doctor.cpp has
// the table of their names, their order and what each needs to be there beforehand.

// doctor_host.cpp: this machine
Diagnosis checkConfigurationFile(Visit &visit);
Diagnosis checkWorker(Visit &visit);
Diagnosis checkListener(Visit &visit);
Diagnosis checkResponder(Visit &visit);
Diagnosis checkSocketPermissions(Visit &visit);
Diagnosis checkDisk(Visit &visit);
Diagnosis checkAppArmor(Visit &visit);

// doctor_webhooks.cpp: where webhooks are sent to
Diagnosis checkWebhooks(Visit &visit);

// doctor_store.cpp: the store, as the daemons see it
Diagnosis checkStoreOpens(Visit &visit);
Diagnosis checkStoreFiles(Visit &visit);
Diagnosis checkStoreTables(Visit &visit);

// doctor_limits.cpp: descriptors and connections
Diagnosis checkOpenFiles(Visit &visit);
Diagnosis checkWorkerConnections(Visit &visit);
Diagnosis checkWorkerFiles(Visit &visit);

// doctor_laravel.cpp: the application's .env
Diagnosis checkLaravelFile(Visit &visit);
Diagnosis checkLaravelDriver(Visit &visit);
Diagnosis checkLaravelHost(Visit &visit);
Diagnosis checkLaravelScheme(Visit &visit);
Diagnosis checkLaravelKeys(Visit &visit);
Diagnosis checkLaravelPath(Visit &visit);
Diagnosis checkDashboardKey(Visit &visit);
Diagnosis checkDashboardAddress(Visit &visit);

// doctor_sessions.cpp: what the application and Pregón must have alike, and what it has cached
Diagnosis checkLaravelSessions(Visit &visit);
Diagnosis checkLaravelCache(Visit &visit);

// doctor_front.cpp: what the web server's configuration says
Diagnosis checkReadTimeout(Visit &visit);
Diagnosis checkBodySetting(Visit &visit);

// doctor_path.cpp: from a name to a site
Diagnosis checkName(Visit &visit);
Diagnosis checkConnect(Visit &visit);
Diagnosis checkTls(Visit &visit);
Diagnosis checkCertificate(Visit &visit);
Diagnosis checkScheme(Visit &visit);
Diagnosis checkSite(Visit &visit);

// doctor_upgrade.cpp: from a site to a greeted WebSocket
struct Upgrade {
    ResponseHead head;
    std::unique_ptr<WebSocketProbe> socket; ///< a WebSocket if the head's status is 101
};
/// Asks for a WebSocket, as the page would.
Probed<Upgrade> askUpgrade(const Visit &visit);
Diagnosis checkUpgrade(Visit &visit);
Diagnosis checkGreeting(Visit &visit);

// doctor_page.cpp: what the application's page was built with
Diagnosis checkPageScripts(Visit &visit);

// doctor_login.cpp: what needs a login, and the application that decides what Pregón does not
Diagnosis checkFallback(Visit &visit);
Diagnosis checkAuth(Visit &visit);
Diagnosis checkApiAuth(Visit &visit);
Diagnosis checkAuthorizationHeader(Visit &visit);
Diagnosis checkUserLogin(Visit &visit);
Diagnosis checkPhonePath(Visit &visit);

// doctor_api.cpp: what Laravel and a page ask
Diagnosis checkClock(Visit &visit);
Diagnosis checkEventsApi(Visit &visit);
Diagnosis checkSignature(Visit &visit);
Diagnosis checkCors(Visit &visit);
Diagnosis checkSubscription(Visit &visit);
Diagnosis checkDelivery(Visit &visit);
Diagnosis checkBodyLimit(Visit &visit);
Diagnosis checkIdle(Visit &visit);

} // namespace pregon
