// SPDX-License-Identifier: MIT
#include "ctl/host/as_daemon.h"

#include "shared/unix_socket.h"

#include <algorithm>
#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pregon {
namespace {

constexpr unsigned kLongestSeconds = 60;

bool become(const Credentials &who) {
    return !who.groups.empty() && ::setgroups(who.groups.size(), who.groups.data()) == 0 &&
           ::setgid(who.groups.front()) == 0 && ::setuid(who.user) == 0;
}

/// In the child: one byte, the number of the error or `+`, and then the text.
[[noreturn]] void answer(int pipe, const Result<std::string> &result) {
    const std::string text =
        result ? "+" + *result
               : std::string(1, static_cast<char>(result.error().code)) + result.error().reason;
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t written = ::write(pipe, rest.data(), rest.size());
        if (written <= 0)
            ::_exit(1);
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    ::_exit(0);
}

std::string readAll(int pipe) {
    std::string text;
    char part[4096];
    for (ssize_t length; (length = ::read(pipe, part, sizeof part)) > 0;)
        text.append(part, static_cast<std::size_t>(length));
    return text;
}

} // namespace

std::optional<Credentials> daemonUser(const std::string &configFile) {
    for (const pid_t pid : processesNamed("pregon-fcgi")) {
        const auto arguments = argumentsOf(pid);
        if (std::find(arguments.begin(), arguments.end(), configFile) != arguments.end())
            if (auto who = credentialsOfProcess(pid))
                return who;
    }
    return credentialsOfUser("pregon");
}

Result<std::string> asUser(const std::optional<Credentials> &who,
                           const std::function<Result<std::string>()> &work) {
    if (!who || ::geteuid() != 0 || who->user == 0)
        return work();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return failure(Errc::Unavailable, "no pipe can be made");
    UniqueFd reading(ends[0]), writing(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(kLongestSeconds);
        answer(writing.get(),
               become(*who)
                   ? work()
                   : Result<std::string>(failure(Errc::Unavailable, "cannot become " + who->name)));
    }
    writing = UniqueFd();
    const std::string text = child > 0 ? readAll(reading.get()) : "";
    if (child > 0)
        ::waitpid(child, nullptr, 0);
    if (text.empty())
        return failure(Errc::Unavailable, "no answer as the user " + who->name);
    if (text[0] != '+')
        return failure(static_cast<Errc>(text[0]), text.substr(1));
    return text.substr(1);
}

} // namespace pregon
