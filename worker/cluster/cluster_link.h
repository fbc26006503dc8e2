// SPDX-License-Identifier: MIT
#pragma once

#include "worker/cluster/cluster_scripts.h"
#include "worker/cluster/redis_protocol.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Whom the link tells. Called from the loop.
class ClusterLinkListener {
  public:
    virtual ~ClusterLinkListener() = default;
    /// Redis answers. Nothing is subscribed but the control topic.
    virtual void linkIsUp() = 0;
    virtual void linkIsDown() = 0;
    /// Redis answers, and has not carried out a script: out of memory, read only after a failed
    /// save.
    virtual void refused() = 0;
    virtual void subscribed(const std::string &topic) = 0;
    virtual void message(const std::string &topic, std::string_view payload) = 0;
};

/// What Cluster needs of Redis. Commands are carried out, and their answers come, in the order in
/// which they were given. An answer is an error if the link was lost before it came; the command
/// may then have been carried out, or not.
class ClusterLink {
  public:
    using Answer = std::function<void(const RedisReply &)>;

    virtual ~ClusterLink() = default;
    virtual bool isUp() const = 0;
    virtual void run(ClusterScript script, std::vector<std::string> arguments, Answer answer) = 0;
    virtual void publish(const std::string &topic, std::string_view payload, Answer answer) = 0;
    virtual void subscribe(const std::string &topic) = 0;
    virtual void unsubscribe(const std::string &topic) = 0;
    /// Where Redis is, for people.
    virtual std::string address() const = 0;
};

} // namespace pregon
