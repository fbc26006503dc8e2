// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"
#include "worker/cluster/wire.h"

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The users of one presence channel in the whole cluster: this worker's copy of what is in Redis.
class ClusterMembers {
  public:
    enum class Applied { Yes, KnownAlready, Gap };

    /// Gap: a change before this one is missing; the copy must be fetched anew.
    Applied apply(const Wire::MemberChange &change);
    /// By hand, while Redis is away. True if it changes anything.
    bool add(const Member &member);
    bool remove(std::string_view userId);

    struct Difference {
        std::vector<Member> joined;
        std::vector<std::string> left;
    };
    /// Takes over Redis' state: USER, `VERSION:INFO`, USER, …
    Difference replace(std::uint64_t version, const std::vector<std::string> &fields);

    /// Takes over another worker's copy; this one is empty.
    void resume(std::uint64_t version, const std::vector<Member> &members);

    std::uint64_t version() const { return version_; }
    bool has(std::string_view userId) const { return byId_.contains(userId); }
    std::size_t count() const { return members_.size(); }
    /// Each member, in the order in which they joined.
    template <class Visit>
    void forEach(Visit visit) const {
        for (const Member &member : members_)
            visit(member);
    }
    /// As Presence::lists.
    const MemberLists &lists() const;

  private:
    using Members = std::list<Member>;

    std::uint64_t version_ = 0;
    Members members_;                     ///< in the order in which they joined
    TextViewMap<Members::iterator> byId_; ///< keys live in members_
    mutable std::optional<MemberLists> lists_;
};

} // namespace pregon
