// SPDX-License-Identifier: MIT
#include "ctl/import/channel_compare.h"

#include "ctl/command/printable.h"

#include <algorithm>
#include <ostream>

namespace pregon {
namespace {

constexpr const char *kPaths[] = {"/broadcasting/auth", "/api/broadcasting/auth"};

/// One side, and the path at which it answers broadcasting auth.
class AuthSide {
  public:
    AuthSide(const SiteUrl &site, std::chrono::milliseconds timeout)
        : route_{site, "", false, timeout} {}

    /// Finds the path: where an answer is neither 404 nor 405.
    Result<Done> find(const std::string &token, const std::string &channel) {
        for (const char *path : kPaths) {
            path_ = route_.site.path + path;
            const auto status = ask(token, channel);
            if (!status)
                return failure(Errc::Unavailable,
                               route_.site.text() + ": " + status.error().reason);
            if (*status != 404 && *status != 405)
                return Done{};
        }
        return failure(Errc::BadRequest,
                       route_.site.text() +
                           " answers broadcasting auth neither at /broadcasting/auth nor at "
                           "/api/broadcasting/auth");
    }

    /// The status of the answer.
    Probed<int> ask(const std::string &token, const std::string &channel) const {
        const auto answer =
            probe(route_, {"POST",
                           path_,
                           {"Accept: application/json", "Authorization: Bearer " + token,
                            "Content-Type: application/x-www-form-urlencoded"},
                           "socket_id=1.1&channel_name=" + channel});
        if (!answer)
            return tl::unexpected<ProbeFailure>(answer.error());
        return answer->head.status;
    }

  private:
    ProbeRoute route_;
    std::string path_;
};

/// `allows`, `refuses`, or what else it said.
std::string wordFor(const Probed<int> &status) {
    if (!status)
        return "no answer: " + status.error().reason;
    if (*status == 200)
        return "allows";
    return *status == 403 || *status == 401 ? "refuses" : "answers " + std::to_string(*status);
}

bool isDecision(const std::string &word) {
    return word == "allows" || word == "refuses";
}

} // namespace

std::vector<std::string> sampleChannels(const ChannelImport &import) {
    constexpr std::size_t kMost = 500;
    std::vector<std::string> channels;
    for (const ImportedChannel &channel : import.channels) {
        if (!channel.isRule)
            continue;
        const bool isPresence = channel.rules.front().find("\"presence\"") != std::string::npos;
        std::vector<std::string> names{(isPresence ? "presence-" : "private-") + channel.pattern};
        for (std::size_t at; (at = names.front().find('{')) != std::string::npos;) {
            std::vector<std::string> more;
            for (const std::string &name : names)
                for (const char *value : {"1", "2", "3"}) {
                    const std::size_t start = name.find('{');
                    more.push_back(name.substr(0, start) + value + name.substr(name.find('}') + 1));
                }
            names = std::move(more);
            if (names.size() > kMost)
                names.resize(kMost);
        }
        channels.insert(channels.end(), names.begin(), names.end());
    }
    return channels;
}

Result<ComparisonResult> compareChannels(const ChannelComparison &comparison, std::ostream &out) {
    AuthSide theirs(comparison.application, comparison.timeout);
    AuthSide ours(comparison.pregon, comparison.timeout);
    for (AuthSide *side : {&theirs, &ours})
        if (const auto found = side->find(comparison.tokens.at(0), comparison.channels.at(0));
            !found)
            return tl::unexpected<Error>(found.error());
    ComparisonResult result;
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < comparison.tokens.size(); i++)
        for (const std::string &channel : comparison.channels) {
            const std::string said = wordFor(theirs.ask(comparison.tokens[i], channel));
            const std::string here = wordFor(ours.ask(comparison.tokens[i], channel));
            result.asked++;
            if (!isDecision(said) || !isDecision(here))
                result.unknown++;
            else if (said != here)
                (here == "allows" ? result.laxer : result.stricter)++;
            if (said != here || !isDecision(said))
                rows.push_back({here == "allows" && said == "refuses" ? "LAXER" : "differs",
                                "token " + std::to_string(i + 1), channel,
                                "the application " + printable(said), "Pregón " + printable(here)});
        }
    out << aligned(rows);
    return result;
}

} // namespace pregon
