// SPDX-License-Identifier: MIT
#include "webhookd/endpoints.h"

#include "shared/log/log.h"
#include "shared/protocol/hmac_signer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <utility>

namespace pregon {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".spool";

/// A directory that only its owner may enter.
Result<Done> makeDirectory(const std::string &path) {
    std::error_code error;
    if (fs::create_directories(path, error))
        fs::permissions(path, fs::perms::owner_all, error);
    if (error)
        return failure(Errc::Unavailable, path + ": " + error.message());
    return Done{};
}

/// Whose file that is, as far as it says so.
SpoolOwner ownerOf(const std::string &path) {
    SpoolOwner owner;
    const auto file = SpoolFile::open(path);
    const auto content = file ? file->read() : failure(Errc::Unavailable, "");
    if (content)
        static_cast<void>(scanSpool(*content, [&](SpoolKind kind, std::string_view bytes) {
            FieldReader fields(bytes);
            if (kind == SpoolKind::Owner)
                fields(owner);
        }));
    return owner;
}

} // namespace

std::vector<HookTarget> hookTargets(const AppConfig &config) {
    std::vector<HookTarget> targets;
    for (const App &app : config.apps)
        for (std::size_t i = 0; i < app.webhooks.size(); i++)
            targets.push_back({app.id, app.key, app.secret, i + 1, app.webhooks[i]});
    return targets;
}

std::vector<std::optional<std::size_t>> matchSpools(const std::vector<std::string> &spooledUrls,
                                                    const std::vector<std::string> &urls) {
    std::vector<std::optional<std::size_t>> matches(urls.size());
    std::vector<bool> isTaken(spooledUrls.size(), false);
    const auto take = [&](std::size_t url, auto isGood) {
        for (std::size_t i = 0; i < spooledUrls.size() && !matches[url]; i++)
            if (!isTaken[i] && isGood(spooledUrls[i])) {
                matches[url] = i;
                isTaken[i] = true;
            }
    };
    for (std::size_t i = 0; i < urls.size(); i++)
        take(i, [&](const std::string &spooled) { return spooled == urls[i]; });
    for (std::size_t i = 0; i < urls.size(); i++)
        take(i, [](const std::string &) { return true; });
    return matches;
}

Result<Done> Endpoints::open(const AppConfig &config) {
    directory_ = config.webhookSpool;
    const auto targets = hookTargets(config);
    if (targets.empty() && !fs::exists(directory_))
        return Done{};
    if (auto made = makeDirectory(directory_); !made)
        return made;
    if (auto locked = lock(); !locked)
        return locked;
    addAll(targets, openSpools());
    if (endpoints_.size() != targets.size())
        return failure(Errc::Unavailable, directory_ + ": not every spool can be opened");
    return Done{};
}

Result<Done> Endpoints::lock() {
    const std::string path = directory_ + "/lock";
    lock_ = UniqueFd(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    if (!lock_.isOpen())
        return failure(Errc::Unavailable, path + ": " + std::strerror(errno));
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
        return failure(Errc::Unavailable, directory_ + ": in use by another pregon-webhookd");
    return Done{};
}

/// Each with what its file says of it; the rest of its settings comes with `change`.
std::vector<std::unique_ptr<Endpoint>> Endpoints::openSpools() const {
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(directory_, error))
        if (entry.path().extension() == kSuffix)
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::unique_ptr<Endpoint>> endpoints;
    for (const std::string &path : paths) {
        const SpoolOwner owner = ownerOf(path);
        HookTarget target;
        target.appId = owner.appId;
        target.settings.url = owner.url;
        auto endpoint = Endpoint::open(path, std::move(target));
        if (endpoint)
            endpoints.push_back(std::move(*endpoint));
        else
            log(LogLevel::Error, "webhook spool unreadable", {{"reason", endpoint.error().reason}});
    }
    return endpoints;
}

void Endpoints::change(const AppConfig &config) {
    const auto targets = hookTargets(config);
    if (!targets.empty() && !lock_.isOpen()) {
        if (const auto opened = open(config); !opened)
            log(LogLevel::Error, "webhooks not started", {{"reason", opened.error().reason}});
        return;
    }
    addAll(targets, std::exchange(endpoints_, {}));
}

void Endpoints::addAll(const std::vector<HookTarget> &targets,
                       std::vector<std::unique_ptr<Endpoint>> former) {
    for (auto first = targets.begin(); first != targets.end();) {
        const auto last = std::find_if(first, targets.end(), [&](const HookTarget &target) {
            return target.appId != first->appId;
        });
        std::vector<std::string> spooled, urls;
        std::vector<std::unique_ptr<Endpoint> *> own;
        for (auto &endpoint : former)
            if (endpoint && endpoint->target().appId == first->appId) {
                spooled.push_back(endpoint->spooledUrl());
                own.push_back(&endpoint);
            }
        for (auto target = first; target != last; ++target)
            urls.push_back(target->settings.url);
        const auto matches = matchSpools(spooled, urls);
        for (std::size_t i = 0; i < urls.size(); i++) {
            const HookTarget &target = first[static_cast<std::ptrdiff_t>(i)];
            auto endpoint = matches[i] ? std::move(*own[*matches[i]]) : openNew(target);
            if (endpoint == nullptr)
                continue;
            endpoint->change(target);
            endpoints_.push_back(std::move(endpoint));
        }
        first = last;
    }
    for (const auto &endpoint : former)
        if (endpoint) {
            log(LogLevel::Notice, "webhook endpoint removed",
                {{"app", endpoint->target().appId},
                 {"url", shownUrl(endpoint->spooledUrl())},
                 {"dropped", endpoint->waitingEvents()}});
            endpoint->removeSpool();
        }
}

std::unique_ptr<Endpoint> Endpoints::openNew(const HookTarget &target) const {
    // The name is for people; the file itself says whose it is.
    const std::string path = directory_ + "/" + sha1Hex(target.appId).substr(0, 8) + "-" +
                             randomText(12, "0123456789abcdef") + std::string(kSuffix);
    auto endpoint = Endpoint::open(path, target);
    if (endpoint)
        return std::move(*endpoint);
    log(LogLevel::Error, "webhook spool unusable",
        {{"app", target.appId}, {"reason", endpoint.error().reason}});
    return nullptr;
}

void Endpoints::take(const HookBatch &batch, HookTime now) {
    forEach(batch.appId, [&](Endpoint &endpoint) { endpoint.take(batch, now); });
}

bool Endpoints::commit(HookTime now, PendingEvents::When when) {
    Result<Done> done = Done{};
    for (const auto &endpoint : endpoints_)
        if (const auto written = endpoint->commit(now, when); !written)
            done = written;
    if (!done && !isFailing_)
        log(LogLevel::Error, "webhooks cannot be written", {{"reason", done.error().reason}});
    if (done && isFailing_)
        log(LogLevel::Notice, "webhooks can be written again");
    isFailing_ = !done;
    return done.has_value();
}

bool Endpoints::hasStored(std::string_view appId, std::string_view origin,
                          std::uint64_t number) const {
    return std::ranges::all_of(endpoints_, [&](const auto &endpoint) {
        return endpoint->target().appId != appId || endpoint->hasStored(origin, number);
    });
}

void Endpoints::forEach(std::string_view appId, const Visit &visit) {
    for (const auto &endpoint : endpoints_)
        if (appId.empty() || endpoint->target().appId == appId)
            visit(*endpoint);
}

Endpoint *Endpoints::find(std::string_view path) {
    for (const auto &endpoint : endpoints_)
        if (endpoint->path() == path)
            return endpoint.get();
    return nullptr;
}

std::size_t Endpoints::waitingEvents() const {
    std::size_t events = 0;
    for (const auto &endpoint : endpoints_)
        events += endpoint->waitingEvents();
    return events;
}

} // namespace pregon
