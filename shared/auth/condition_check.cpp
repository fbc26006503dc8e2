// SPDX-License-Identifier: MIT
#include "shared/auth/condition_check.h"

#include "shared/auth/rule_query.h"

#include <algorithm>
#include <optional>

namespace pregon {
namespace {

constexpr std::string_view kOthers = "the rule allows others";

/// The check of one condition against one user and one channel.
class ConditionCheck {
  public:
    ConditionCheck(const ChannelParameters &parameters, const User &user, Database &database)
        : parameters_(parameters), user_(user), database_(database) {}

    Result<std::string_view> refusal(const ChannelCondition &condition) {
        const auto known = withoutDatabase(condition);
        if (known)
            return *known;
        if (!condition.query.empty())
            if (auto reason = queryRefusal(condition.query, parameters_, user_, database_);
                !reason || !reason->empty())
                return reason;
        for (const ChannelCondition &part : condition.all)
            if (auto reason = refusal(part); !reason || !reason->empty())
                return reason;
        return condition.any.empty() ? Result<std::string_view>("") : refusalOfEach(condition.any);
    }

  private:
    /// Empty if one of them holds; otherwise the first error, or the first reason.
    Result<std::string_view> refusalOfEach(const std::vector<ChannelCondition> &parts) {
        std::optional<Result<std::string_view>> first;
        for (const ChannelCondition &part : parts) {
            auto reason = refusal(part);
            if (reason && reason->empty())
                return reason;
            if (!first || (*first && !reason))
                first = std::move(reason);
        }
        return *first;
    }

    /// The answer as far as it needs no query: a reason, empty if it holds; nullopt: open.
    std::optional<std::string_view> withoutDatabase(const ChannelCondition &condition) const {
        if (!condition.ability.empty() && !user_.can(condition.ability))
            return "the token lacks the rule's ability";
        if (!allows(condition) || !hasValues(condition))
            return kOthers;
        bool isOpen = !condition.query.empty();
        for (const ChannelCondition &part : condition.all) {
            const auto known = withoutDatabase(part);
            if (known && !known->empty())
                return known;
            isOpen = isOpen || !known;
        }
        if (!condition.any.empty()) {
            const auto known = anyWithoutDatabase(condition.any);
            if (known && !known->empty())
                return known;
            isOpen = isOpen || !known;
        }
        return isOpen ? std::nullopt : std::optional<std::string_view>("");
    }

    std::optional<std::string_view> anyWithoutDatabase(
        const std::vector<ChannelCondition> &parts) const {
        std::optional<std::string_view> answer = kOthers;
        for (const ChannelCondition &part : parts) {
            const auto known = withoutDatabase(part);
            if (known && known->empty())
                return known;
            if (!known)
                answer = std::nullopt;
        }
        return answer;
    }

    bool allows(const ChannelCondition &condition) const {
        return std::all_of(condition.allow.begin(), condition.allow.end(), [&](const auto &one) {
            const SqlValue value = user_.column(one.second);
            return value && !value->empty() && *value == parameters_.find(one.first)->second;
        });
    }

    bool hasValues(const ChannelCondition &condition) const {
        return std::all_of(condition.user.begin(), condition.user.end(), [&](const auto &one) {
            const SqlValue value = user_.column(one.first);
            return value &&
                   std::find(one.second.begin(), one.second.end(), *value) != one.second.end();
        });
    }

    const ChannelParameters &parameters_;
    const User &user_;
    Database &database_;
};

} // namespace

Result<std::string_view> conditionRefusal(const ChannelCondition &condition,
                                          const ChannelParameters &parameters, const User &user,
                                          Database &database) {
    return ConditionCheck(parameters, user, database).refusal(condition);
}

} // namespace pregon
