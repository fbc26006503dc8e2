// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"

#include <algorithm>

namespace pregon {
namespace {

bool isAnyAddress(const std::string &host) {
    return host == "0.0.0.0" || host == "::" || host == "[::]" || host == "*";
}

bool isLoopback(const std::string &host) {
    return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]";
}

/// Port and scheme that do not belong together; empty: they do.
std::string schemeFault(const std::string &port, const std::string &scheme) {
    if (port == "443" && scheme == "http")
        return "port 443 speaks TLS, but the scheme is http: write https";
    if (port == "80" && scheme == "https")
        return "port 80 speaks plain HTTP, but the scheme is https: write port 443";
    return "";
}

/// What the page's bundle was built with: Vite's variables of this name, Reverb's or Pusher's.
std::string viteKey(const LaravelEnv &env, const std::string &name) {
    const std::string reverb = "VITE_REVERB_" + name;
    return env.value(reverb).empty() && !env.value("VITE_PUSHER_" + name).empty()
               ? "VITE_PUSHER_" + name
               : reverb;
}

const App *configuredApp(const Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const App *app = visit.config->findApp(env.value(laravelKey(env, "APP_ID")));
    return app != nullptr ? app : &visit.config->apps.front();
}

} // namespace

Diagnosis checkLaravelFile(Visit &visit) {
    const auto placed = [](const std::string &text) { // FILE:LINE: reason
        const std::size_t end = text.find(": ");
        return std::pair(text.substr(end + 2), text.substr(0, end));
    };
    if (const std::string refusal = visit.laravel->refusal(); !refusal.empty()) {
        const auto [reason, where] = placed(refusal);
        return broken("the application itself cannot read its .env: " + reason, where);
    }
    if (const auto surprises = visit.laravel->surprises(); !surprises.empty()) {
        const auto [reason, where] = placed(surprises.front());
        return warning(reason, where);
    }
    return ok("the application can read its .env");
}

Diagnosis checkLaravelDriver(Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const char *key =
        env.value("BROADCAST_CONNECTION").empty() ? "BROADCAST_DRIVER" : "BROADCAST_CONNECTION";
    const std::string driver = env.value(key);
    if (driver.empty())
        return notChecked("BROADCAST_CONNECTION is not set: config/broadcasting.php decides");
    if (driver != "reverb" && driver != "pusher")
        return broken(std::string(key) + "=" + driver +
                          ": the application sends its events elsewhere; write reverb",
                      env.where(key));
    return ok(std::string(key) + "=" + driver);
}

Diagnosis checkLaravelHost(Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const std::string key = laravelKey(env, "HOST"), host = env.value(key);
    if (host.empty() && laravelKey(env, "APP_KEY").starts_with("PUSHER_"))
        return broken("only Pusher's lines are here, and no PUSHER_HOST: events go to Pusher's own "
                      "service; write REVERB_APP_ID=\"${PUSHER_APP_ID}\", "
                      "REVERB_APP_KEY=\"${PUSHER_APP_KEY}\", "
                      "REVERB_APP_SECRET=\"${PUSHER_APP_SECRET}\", BROADCAST_CONNECTION=reverb and "
                      "REVERB_HOST",
                      env.where("PUSHER_APP_KEY"));
    if (host.empty())
        return broken(key + " is not set: the application does not know where to send its events",
                      env.where(key));
    if (host.find('/') != std::string::npos)
        return broken(key + "=" + host +
                          " is a URL: it is a name alone, such as ws.example.com; scheme and port "
                          "have lines of their own",
                      env.where(key));
    if (isAnyAddress(host))
        return broken(
            key + "=" + host +
                " is an address to listen on (that would be REVERB_SERVER_HOST); "
                "REVERB_HOST is the public name that application and browsers connect "
                "to, such as " +
                (visit.site && !isAnyAddress(visit.site->host) ? visit.site->host : "example.com"),
            env.where(key));
    if (isContainerName(host))
        return warning(key + "=" + host +
                           ": a name inside Docker, which neither browsers nor programs outside "
                           "know",
                       env.where(key));
    return ok("the application sends its events to " + host);
}

Diagnosis checkLaravelScheme(Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const std::string scheme = env.value("REVERB_SCHEME"), port = env.value("REVERB_PORT");
    const std::string fault =
        schemeFault(port.empty() ? "443" : port, scheme.empty() ? "https" : scheme);
    if (!fault.empty())
        return broken("REVERB_PORT and REVERB_SCHEME contradict each other: " + fault,
                      env.where(scheme.empty() ? "REVERB_PORT" : "REVERB_SCHEME"));
    return ok("REVERB_PORT and REVERB_SCHEME belong together");
}

Diagnosis checkLaravelKeys(Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const App &known = *configuredApp(visit);
    for (const auto &[name, expected] :
         {std::pair("APP_ID", &known.id), std::pair("APP_KEY", &known.key),
          std::pair("APP_SECRET", &known.secret)}) {
        const std::string key = laravelKey(env, name);
        if (env.value(key) == *expected)
            continue;
        const std::string ours = visit.whereIs(std::string("REVERB_") + name);
        return broken(key + (env.value(key).empty() ? " is not set" : " differs") +
                          ": it must be the one of " + (ours.empty() ? "Pregón" : ours) +
                          "; afterwards: php artisan config:clear, and restart the queue workers",
                      env.where(key));
    }
    return ok("id, key and secret are those of Pregón");
}

Diagnosis checkLaravelPath(Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const std::string path = env.value("REVERB_SERVER_PATH");
    std::string plain = path;
    while (plain.ends_with('/'))
        plain.pop_back();
    const std::string prefix = plain.empty() || plain.starts_with('/') ? plain : "/" + plain;
    if (prefix != visit.config->serverPath)
        return broken("REVERB_SERVER_PATH=" + path + " differs from Pregón's " +
                          (visit.config->serverPath.empty() ? "(none)" : visit.config->serverPath),
                      env.where("REVERB_SERVER_PATH"));
    if (!path.empty() && !path.ends_with('/'))
        return broken("REVERB_SERVER_PATH=" + path +
                          " has no slash at its end: pusher-php-server then drops it and posts its "
                          "events to /apps/; write " +
                          path + "/",
                      env.where("REVERB_SERVER_PATH"));
    return ok(path.empty() ? "no path prefix is in use"
                           : "the path prefix " + path + " is the same on both sides");
}

Diagnosis checkDashboardKey(Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const std::string name = viteKey(env, "APP_KEY");
    const std::string key = env.value(name);
    if (key.empty())
        return notChecked(name + " is not set: the page has its key from elsewhere");
    if (key != configuredApp(visit)->key)
        return broken("the page's key " + name +
                          " is not the REVERB_APP_KEY of Pregón: its browsers get error 4001; "
                          "correct it and build the page again (npm run build)",
                      env.where(name));
    return ok("the page is built with Pregón's key (if npm run build came after the last change)");
}

Diagnosis checkDashboardAddress(Visit &visit) {
    const LaravelEnv &env = *visit.laravel;
    const std::string hostKey = viteKey(env, "HOST"), portKey = viteKey(env, "PORT"),
                      schemeKey = viteKey(env, "SCHEME");
    const std::string host = env.value(hostKey);
    if (host.empty())
        return notChecked(hostKey + " is not set: the page has its address from elsewhere");
    const bool isLocalSite = visit.site && isLoopback(visit.site->host);
    if (isAnyAddress(host) || (isLoopback(host) && !isLocalSite))
        return broken(hostKey + "=" + host +
                          ": browsers elsewhere cannot connect to that; write the public name and "
                          "build the page again (npm run build)",
                      env.where(hostKey));
    const std::string fault = schemeFault(env.value(portKey), env.value(schemeKey));
    if (!fault.empty())
        return broken(portKey + " and " + schemeKey + " contradict each other: " + fault,
                      env.where(schemeKey));
    return ok("the page connects to " + host);
}

} // namespace pregon
