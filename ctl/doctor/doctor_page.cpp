// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/doctor/page_script.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace pregon {
namespace {

constexpr std::size_t kMostScripts = 200;
constexpr std::size_t kLargestScript = 8 << 20; // bytes
constexpr std::size_t kMostFetched = 20;
constexpr int kMostRedirects = 3;

/// Empty if it cannot be read; cut where it is too long.
std::string readScript(const std::filesystem::path &file) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(kLargestScript, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    return text;
}

/// Where Vite puts what it builds, beside the application's `.env`.
std::filesystem::path assetsFolder(const Visit &visit) {
    return std::filesystem::absolute(visit.options.laravelEnvFile).parent_path() / "public" /
           "build" / "assets";
}

std::vector<PageScript> builtScripts(const std::filesystem::path &folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path().extension() == ".js" && files.size() < kMostScripts)
            files.push_back(entry->path());
    std::sort(files.begin(), files.end());
    std::vector<PageScript> scripts;
    for (const auto &file : files)
        scripts.push_back({file.string(), readScript(file)});
    return scripts;
}

/// The page, also where it sends a browser on to another of its own paths.
Probed<ProbeAnswer> askPage(const ProbeRoute &route) {
    std::string path = route.site.path + "/";
    for (int redirects = 0;; redirects++) {
        auto answer = probe(route, {"GET", path, {"Accept: text/html"}, ""});
        const bool isMoved = answer && answer->head.status >= 301 && answer->head.status <= 308;
        if (!isMoved || redirects == kMostRedirects)
            return answer;
        path = answer->head.header("location");
        if (path.starts_with(route.site.origin() + "/"))
            path.erase(0, route.site.origin().size());
        if (!path.starts_with('/') || path.starts_with("//"))
            return answer;
    }
}

/// What the page's origin sends to a browser.
std::vector<PageScript> loadedScripts(const Visit &visit) {
    const auto site = parseSiteUrl(visit.pageOrigin());
    if (!site)
        return {};
    ProbeRoute route = visit.route();
    route.site = *site;
    const auto page = askPage(route);
    if (!page || page->head.status != 200)
        return {};
    const std::string origin = site->origin();
    std::vector<PageScript> scripts{{origin + "/", page->body}};
    for (const std::string &path : scriptPathsIn(page->body, origin)) {
        if (scripts.size() > kMostFetched)
            break;
        if (auto script = probe(route, {"GET", path, {}, ""}); script && script->head.status == 200)
            scripts.push_back({origin + path, std::move(script->body)});
    }
    return scripts;
}

bool isKnownKey(const Visit &visit, const PageScript &script) {
    const std::string wanted = visit.laravel ? visit.laravel->value("REVERB_APP_ID") : "";
    const App *app = visit.config->findApp(wanted);
    if (app != nullptr)
        return hasLiteral(script.text, app->key);
    return std::any_of(visit.config->apps.begin(), visit.config->apps.end(),
                       [&](const App &one) { return hasLiteral(script.text, one.key); });
}

bool tellsSecret(const Visit &visit, const PageScript &script) {
    return std::any_of(visit.config->apps.begin(), visit.config->apps.end(),
                       [&](const App &app) { return hasLiteral(script.text, app.secret); });
}

} // namespace

Diagnosis checkPageScripts(Visit &visit) {
    if (visit.laravel)
        visit.scripts = builtScripts(assetsFolder(visit));
    if (visit.scripts.empty() && visit.site)
        visit.scripts = loadedScripts(visit);
    for (const PageScript &script : visit.scripts)
        if (tellsSecret(visit, script))
            return broken("REVERB_APP_SECRET stands in the page's script, where everybody can read "
                          "it: give it another name than VITE_…, make another secret (pregonctl "
                          "keys) and build the page again",
                          script.where);
    for (const PageScript &script : visit.scripts)
        if (isKnownKey(visit, script))
            return ok("the page's script has Pregón's key: " + script.where);
    for (const PageScript &script : visit.scripts)
        if (const auto key = echoKeyIn(script.text))
            return broken((key->empty() ? "the page was built without a key"
                                        : "the page was built with another key than Pregón's") +
                              std::string(": its browsers get error 4001; correct "
                                          "VITE_REVERB_APP_KEY and build the page again (npm run "
                                          "build)"),
                          script.where);
    if (visit.scripts.empty())
        return notChecked("no page is seen: no public/build/assets beside the --laravel-env, and "
                          "no page at the URL");
    return notChecked("none of the page's scripts tells what key it gives to Echo: " +
                      visit.scripts.front().where);
}

} // namespace pregon
