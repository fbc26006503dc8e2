// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/unix_socket.h"
#include "webhookd/endpoint.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// All endpoints of a configuration, in its order.
std::vector<HookTarget> hookTargets(const AppConfig &config);

/// For each of an application's endpoints, which of its spools so far becomes its own: one of the
/// same URL (the first of them for the first), and otherwise those that are left in their order, as
/// after a change of URL. Nullopt: none. Pure.
std::vector<std::optional<std::size_t>> matchSpools(const std::vector<std::string> &spooledUrls,
                                                    const std::vector<std::string> &urls);

/// The endpoints with their spools, which lie in one directory. One process has the directory.
class Endpoints {
  public:
    using Visit = std::function<void(Endpoint &)>;

    /// Opens what is configured. Spools of endpoints that are not configured any more are removed.
    /// Without any endpoint, and with no directory, nothing is made. Unavailable with the reason.
    Result<Done> open(const AppConfig &config);
    /// Another configuration; the directory stays. What cannot be opened is logged and left out.
    void change(const AppConfig &config);

    void take(const HookBatch &batch, HookTime now);
    /// Writes what is due. False: a disk does not take it; it is tried again.
    bool commit(HookTime now, PendingEvents::When when);
    bool hasStored(std::string_view appId, std::string_view origin, std::uint64_t number) const;

    /// Of the application; of all if the id is empty.
    void forEach(std::string_view appId, const Visit &visit);
    /// The one with that spool; null if it is not configured any more.
    Endpoint *find(std::string_view path);
    std::size_t count() const { return endpoints_.size(); }
    std::size_t waitingEvents() const;

  private:
    Result<Done> lock();
    void addAll(const std::vector<HookTarget> &targets,
                std::vector<std::unique_ptr<Endpoint>> former);
    std::unique_ptr<Endpoint> openNew(const HookTarget &target) const;
    std::vector<std::unique_ptr<Endpoint>> openSpools() const;

    std::string directory_;
    UniqueFd lock_;
    std::vector<std::unique_ptr<Endpoint>> endpoints_;
    bool isFailing_ = false; ///< the disk, as was logged
};

} // namespace pregon
