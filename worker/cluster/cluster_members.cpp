// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_members.h"

#include "shared/json/json_scan.h"

#include <algorithm>
#include <charconv>

namespace pregon {
namespace {

/// A number and the character behind it, taken off `text`.
std::optional<std::uint64_t> takeNumber(std::string_view &text, char behind) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto length = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || length >= text.size() || text[length] != behind)
        return std::nullopt;
    text.remove_prefix(length + 1);
    return value;
}

} // namespace

ClusterMembers::Applied ClusterMembers::apply(const Wire::MemberChange &change) {
    if (change.version <= version_)
        return Applied::KnownAlready;
    if (change.before != (members_.empty() ? 0 : version_))
        return Applied::Gap;
    version_ = change.version;
    const bool isApplied = change.isJoin ? add(change.member) : remove(change.member.userId);
    return isApplied ? Applied::Yes : Applied::Gap;
}

bool ClusterMembers::add(const Member &member) {
    if (has(member.userId))
        return false;
    members_.push_back(member);
    byId_.emplace(members_.back().userId, std::prev(members_.end()));
    if (lists_)
        lists_->append(member.userId, member.userInfoJson);
    return true;
}

bool ClusterMembers::remove(std::string_view userId) {
    const auto found = byId_.find(userId);
    if (found == byId_.end())
        return false;
    const Members::iterator place = found->second;
    byId_.erase(found);
    members_.erase(place);
    lists_.reset();
    return true;
}

ClusterMembers::Difference ClusterMembers::replace(std::uint64_t version,
                                                   const std::vector<std::string> &fields) {
    std::vector<std::pair<std::uint64_t, Member>> listed;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        std::string_view value = fields[i + 1];
        const std::uint64_t since = takeNumber(value, ':').value_or(0);
        listed.push_back({since, {fields[i], std::string(value)}});
    }
    std::sort(listed.begin(), listed.end(),
              [](const auto &one, const auto &other) { return one.first < other.first; });
    ClusterMembers fresh;
    Difference difference;
    for (const auto &[since, member] : listed) {
        fresh.add(member);
        if (!has(member.userId))
            difference.joined.push_back(member);
    }
    for (const Member &member : members_)
        if (!fresh.has(member.userId))
            difference.left.push_back(member.userId);
    version_ = version;
    members_.swap(fresh.members_);
    byId_.swap(fresh.byId_);
    lists_.reset();
    return difference;
}

void ClusterMembers::resume(std::uint64_t version, const std::vector<Member> &members) {
    version_ = version;
    for (const Member &member : members)
        add(member);
}

const MemberLists &ClusterMembers::lists() const {
    if (!lists_) {
        lists_.emplace();
        for (const Member &member : members_)
            lists_->append(member.userId, member.userInfoJson);
    }
    return *lists_;
}

} // namespace pregon
