// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/auth/auth_fallback.h"
#include "fcgi/auth/auth_fields.h"
#include "fcgi/auth/auth_limits.h"
#include "fcgi/auth/auth_signer.h"
#include "fcgi/http/http_message.h"
#include "shared/auth/channel_authorizer.h"
#include "shared/clock.h"
#include "shared/config/app_config.h"

#include <functional>
#include <optional>
#include <string>

namespace pregon {

/// `/broadcasting/auth` and `/broadcasting/user-auth`: signs what a user may join, and who he is
/// (spec broadcasting-auth). It is a signing oracle: it signs only guarded channels that a rule
/// allows, with valid names and socket ids, never anything else. What the rules leave open, and
/// users that are unknown here, are the application's to decide, if PREGON_AUTH_FALLBACK names it.
/// Every refusal is logged. One per thread.
class BroadcastingApi {
  public:
    BroadcastingApi(const AppConfig &config, const ChannelAuthorizer &authorizer,
                    const Clock &clock, AuthLimits &limits);

    /// The answer to a request that is too large, one too many of its client, or that names an
    /// unusable JSONP callback; nullopt for all others. To be asked first.
    std::optional<HttpResponse> refusal(const HttpRequest &request);

    /// Signs a channel, or each of several: 200 then, and `{"private-a":{"status":200,"data":{…}},
    /// "private-b":{"status":403,…}}`, where one never spoils another; but a store or an
    /// application that has not answered for one channel is not asked about the rest: they are 503.
    /// `user` is null if the request has no valid token. A store that fails is closed.
    HttpResponse authorize(const HttpRequest &request, const User *user, Database &database);

    /// Signs who the user is, for pusher:signin. 404 unless channels.json says what to tell, as in
    /// a Laravel application without Broadcast::userRoutes().
    HttpResponse authenticate(const HttpRequest &request, const User *user, Database &database);

    /// The answer as it is sent: not to be cached, and as JSONP where that was asked for.
    HttpResponse finished(const HttpRequest &request, HttpResponse response) const;

  private:
    struct Question {
        const HttpRequest &request;
        const User *user;
        Database &database;
        std::string socketId;
        std::function<HttpResponse(const std::string &channel)> askApplication;
        bool isStoreAway = false; ///< it was asked, and did not answer
    };

    HttpResponse authorizeAll(Question question, const AuthFields &asked);
    HttpResponse authorizeOne(Question &question, const std::string &channel);
    HttpResponse decide(Question &question, const std::string &channel);
    HttpResponse storeFailed(Question &question, const Error &error);
    HttpResponse sign(const Question &question, const std::string &channel,
                      const ChannelRule &rule) const;
    HttpResponse signUser(const Question &question, const SignInRule &rule) const;
    /// 401 under /api, where the documented Sanctum form stands, whose middleware answers so.
    HttpResponse refuseUnknown(const HttpRequest &request) const;

    const AppConfig &config_;
    const ChannelAuthorizer &authorizer_;
    const Clock &clock_;
    AuthLimits &limits_;
    AuthSigner signer_;
    AuthFallback fallback_;
};

} // namespace pregon
