// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_report.h"

#include "shared/json/json.h"

#include <algorithm>

namespace pregon {
namespace {

const char *nameOf(Verdict verdict) {
    switch (verdict) {
    case Verdict::Ok:
        return "ok";
    case Verdict::Warning:
        return "warning";
    case Verdict::Failure:
        return "failure";
    case Verdict::NotChecked:
        return "not checked";
    }
    return "";
}

std::int64_t countOf(std::span<const Finding> findings, Verdict verdict) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const Finding &finding) { return finding.verdict == verdict; });
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text;
}

std::string lineOf(const Finding &finding) {
    constexpr std::size_t kVerdictWidth = 12, kNameWidth = 20;
    std::string line =
        padded(nameOf(finding.verdict), kVerdictWidth) + padded(finding.check, kNameWidth) + ' ';
    if (!finding.where.empty())
        line += finding.where + ": ";
    return line + finding.text + '\n';
}

} // namespace

std::string describeFindings(std::span<const Finding> findings) {
    std::string text;
    for (Verdict verdict : {Verdict::NotChecked, Verdict::Ok, Verdict::Warning, Verdict::Failure})
        for (const Finding &finding : findings)
            if (finding.verdict == verdict)
                text += lineOf(finding);
    return text + std::to_string(countOf(findings, Verdict::Ok)) + " ok, " +
           std::to_string(countOf(findings, Verdict::Warning)) + " warnings, " +
           std::to_string(countOf(findings, Verdict::Failure)) + " failures, " +
           std::to_string(countOf(findings, Verdict::NotChecked)) + " not checked\n";
}

std::string findingsJson(std::span<const Finding> findings) {
    JsonWriter json;
    json.beginObject().key("green").boolean(isGreen(findings));
    json.key("failures").number(countOf(findings, Verdict::Failure));
    json.key("warnings").number(countOf(findings, Verdict::Warning));
    json.key("findings").beginArray();
    for (const Finding &finding : findings) {
        json.beginObject().key("check").string(finding.check);
        json.key("result").string(nameOf(finding.verdict)).key("text").string(finding.text);
        json.key("where").string(finding.where).endObject();
    }
    return json.endArray().endObject().take();
}

bool isGreen(std::span<const Finding> findings) {
    return countOf(findings, Verdict::Failure) == 0;
}

} // namespace pregon
