// SPDX-License-Identifier: MIT
#include "fcgi/http/request_collector.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace pregon {

bool RequestCollector::open(int epoll) {
    epoll_ = epoll;
    ready_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
    return ready_.isOpen();
}

bool RequestCollector::hasWhole(int connection) {
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
    if (got <= 0)
        return true;
    return RecordWalk().isWhole({buffer.data(), static_cast<std::size_t>(got)});
}

void RequestCollector::add(int connection, Time now) {
    const std::lock_guard lock(mutex_);
    const auto added = collecting_.try_emplace(connection, Collecting{now}).first;
    order_.emplace_back(now, connection);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.fd = connection;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection, &event) != 0)
        handOver(added, true);
}

std::optional<RequestCollector::Collected> RequestCollector::take() {
    eventfd_t one = 0;
    if (::eventfd_read(ready_.get(), &one) != 0) // another thread was faster
        return std::nullopt;
    const std::lock_guard lock(mutex_);
    Collected collected = std::move(collected_.front());
    collected_.pop_front();
    return collected;
}

bool RequestCollector::collectMore(int connection) {
    std::array<char, 65536> buffer;
    const std::lock_guard lock(mutex_);
    const auto found = collecting_.find(connection);
    if (found == collecting_.end())
        return false;
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    auto &[since, bytes, walk] = found->second;
    const std::size_t more = got > 0 ? static_cast<std::size_t>(got) : 0;
    bytes.append(buffer.data(), more);
    bytes_ += more;
    if (got <= 0 || bytes.size() > maxSize_ || walk.isWhole(bytes))
        handOver(found, false);
    while (bytes_ > std::max(kMaxBytes, 2 * maxSize_))
        handOver(longest(), true);
    return true;
}

void RequestCollector::giveUpLate(Time now) {
    const std::lock_guard lock(mutex_);
    for (auto late = longest(); late != collecting_.end() && limitOf(late->second.since) <= now;
         late = longest())
        handOver(late, false);
}

std::optional<std::chrono::milliseconds> RequestCollector::timeLeft(Time now) {
    const std::lock_guard lock(mutex_);
    const auto first = longest();
    if (first == collecting_.end())
        return std::nullopt;
    const auto left = limitOf(first->second.since) - now;
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(left),
                    std::chrono::milliseconds(0));
}

bool RequestCollector::isEmpty() {
    const std::lock_guard lock(mutex_);
    return collecting_.empty();
}

void RequestCollector::hurry(Time now) {
    const std::lock_guard lock(mutex_);
    end_ = now;
}

RequestCollector::Time RequestCollector::limitOf(Time since) const {
    return end_ ? std::min(since + kPatience, *end_ + kPatienceAtEnd) : since + kPatience;
}

/// That with the earliest beginning; end: there is none.
RequestCollector::Connections::iterator RequestCollector::longest() {
    for (; !order_.empty(); order_.pop_front()) {
        const auto &[since, connection] = order_.front();
        const auto found = collecting_.find(connection);
        if (found != collecting_.end() && found->second.since == since)
            return found;
    }
    return collecting_.end();
}

void RequestCollector::handOver(Connections::iterator found, bool wasCut) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, found->first, nullptr);
    bytes_ -= found->second.bytes.size();
    collected_.push_back({found->first, std::move(found->second.bytes), wasCut});
    collecting_.erase(found);
    ::eventfd_write(ready_.get(), 1);
}

} // namespace pregon
