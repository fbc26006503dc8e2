// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pregon {

/// Who may join, as a formula over what channels.json can say. Made of a closure's code, in which
/// it may be negated; what is written must not be.
struct Access {
    enum class Kind {
        Everyone,
        Nobody,
        All,   ///< each of `parts`
        Any,   ///< one of `parts`
        Not,   ///< not parts[0]
        Allow, ///< parameter `name` equals the user's column `column`
        User,  ///< the user's column `column` has one of `values`; each is JSON
        Row, ///< `from` (`FROM … WHERE …`) has a row, of which `name` holds (SQL; empty: any row)
    };
    Kind kind = Kind::Everyone;
    std::string name, column, from;
    std::vector<std::string> values;
    std::vector<Access> parts;

    static Access everyone() { return {}; }
    static Access nobody() { return of(Kind::Nobody, {}); }
    static Access of(Kind kind, std::vector<Access> parts) {
        Access access;
        access.kind = kind;
        access.parts = std::move(parts);
        return access;
    }
    static Access negated(Access access) { return of(Kind::Not, {std::move(access)}); }
    bool operator==(const Access &) const = default;
};

/// The same without negations as far as they can be resolved, without what changes nothing, and
/// with what asks for the same row joined to one question. A Not that is left stands before an
/// atom.
Access simplified(Access access);

/// True if a Not is left.
bool hasNegation(const Access &access);

/// The members of a rule that say it: `"allow":{…},"query":"…"`, without braces. `access` must be
/// simplified, without negation and not Nobody.
std::string ruleMembers(const Access &access);

/// Every column of the user that it names, once each, in order.
std::vector<std::string> userColumnsOf(const Access &access);

} // namespace pregon
