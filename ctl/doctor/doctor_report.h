// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

namespace pregon {

enum class Verdict {
    Ok,
    Warning,    ///< works, but look
    Failure,    ///< some clients cannot be served
    NotChecked, ///< the text says why
};

/// What one check of `pregonctl doctor` says. No secret is ever in it.
struct Finding {
    std::string check; ///< its name; the manual page lists them
    Verdict verdict = Verdict::Ok;
    std::string text;  ///< in plain words: what is, or what is wrong and how to mend it
    std::string where; ///< `FILE:LINE` or `FILE` to change; empty: none
};

/// One line per finding, failures last, then how many of each there are.
std::string describeFindings(std::span<const Finding> findings);
/// The same as one JSON document: `{"green":…,"failures":N,"warnings":N,"findings":[{"check":…,
/// "result":"ok"|"warning"|"failure"|"not checked","text":…,"where":…}]}`, in the order of the
/// checks.
std::string findingsJson(std::span<const Finding> findings);
/// No failure; warnings do not count.
bool isGreen(std::span<const Finding> findings);

} // namespace pregon
