// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_frame.h"
#include "shared/ipc/ipc_message.h"
#include "shared/unix_socket.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace pregon::fcgitest {

/// Stands in for pregon-worker: listens on a Unix socket in a thread of its own, keeps what it is
/// asked and what is published, and answers each question.
class FakeWorker {
  public:
    explicit FakeWorker(std::string path) : path_(std::move(path)) {}
    ~FakeWorker() { stop(); }

    /// Replies with this code from now on; nullopt: accepts everything.
    void answerWith(std::optional<Errc> error) {
        const std::lock_guard lock(mutex_);
        error_ = error;
    }

    /// Replies to this kind of question with this text from now on.
    void answerWith(IpcType type, std::string text) {
        const std::lock_guard lock(mutex_);
        texts_[type] = std::move(text);
    }

    void start() {
        listener_ = std::move(*listenOn(ListenAddress{path_, {}, {}}));
        isStopping_ = false;
        thread_ = std::thread([this] { serve(); });
    }

    void stop() {
        isStopping_ = true;
        if (thread_.joinable())
            thread_.join();
        listener_.reset();
        ::unlink(path_.c_str());
    }

    std::vector<PublishMessage> published() {
        const std::lock_guard lock(mutex_);
        return published_;
    }

    /// Every question, in order.
    std::vector<IpcFrame> asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

    /// Waits up to three seconds. What was asked for so far, whether accepted or refused.
    std::vector<PublishMessage> waitForPublished(std::size_t count) {
        for (int i = 0; i < 300 && published().size() < count; i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return published();
    }

  private:
    void serve() {
        std::map<int, std::pair<UniqueFd, IpcFrameDecoder>> peers;
        while (!isStopping_) {
            std::vector<pollfd> waiting = {{listener_.get(), POLLIN, 0}};
            for (const auto &[fd, peer] : peers)
                waiting.push_back({fd, POLLIN, 0});
            if (::poll(waiting.data(), waiting.size(), 10) <= 0)
                continue;
            if (waiting[0].revents != 0)
                if (UniqueFd peer(::accept(listener_.get(), nullptr, nullptr)); peer.isOpen()) {
                    const int fd = peer.get();
                    peers.emplace(fd, std::pair(std::move(peer), IpcFrameDecoder{}));
                }
            for (std::size_t i = 1; i < waiting.size(); i++)
                if (waiting[i].revents != 0 && !receive(waiting[i].fd, peers[waiting[i].fd].second))
                    peers.erase(waiting[i].fd);
        }
    }

    bool receive(int fd, IpcFrameDecoder &decoder) {
        char buffer[8192];
        const ssize_t got = ::read(fd, buffer, sizeof buffer);
        if (got <= 0)
            return false;
        decoder.append({buffer, static_cast<std::size_t>(got)});
        for (;;) {
            const auto frame = decoder.next();
            if (!frame)
                return false;
            if (!*frame)
                return true;
            reply(fd, **frame);
        }
    }

    void reply(int fd, const IpcFrame &frame) {
        const ReplyMessage answer = keep(frame);
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
        (void)sendAll(fd, encodeIpcFrame({IpcType::Reply, frame.requestId, answer.encode()}),
                      until);
    }

    /// What to answer.
    ReplyMessage keep(const IpcFrame &frame) {
        const std::lock_guard lock(mutex_);
        asked_.push_back(frame);
        if (frame.type == IpcType::Publish)
            if (auto message = PublishMessage::decode(frame.payload))
                published_.push_back(std::move(*message));
        const auto text = texts_.find(frame.type);
        return {error_, text != texts_.end() ? text->second : "fake"};
    }

    std::string path_;
    UniqueFd listener_;
    std::optional<Errc> error_;
    std::atomic<bool> isStopping_{false};
    std::mutex mutex_;
    std::vector<PublishMessage> published_;
    std::vector<IpcFrame> asked_;
    std::map<IpcType, std::string> texts_;
    std::thread thread_;
};

} // namespace pregon::fcgitest
