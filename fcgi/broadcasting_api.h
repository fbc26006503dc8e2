#pragma once

#include "fcgi/form_fields.h"
#include "fcgi/http_message.h"
#include "shared/app_config.h"
#include "shared/channel_authorizer.h"

namespace pregon {

/// `/broadcasting/auth`: signs what an authenticated user may join (spec broadcasting-auth). It is
/// a signing oracle: it signs only guarded channels that a rule allows, with valid names and socket
/// ids, never anything else.
class BroadcastingApi {
  public:
    BroadcastingApi(const ChannelAuthorizer &authorizer, const App &app)
        : authorizer_(authorizer), app_(app) {}

    /// The answer to a user whose token has been verified. Unavailable if the database could not be
    /// asked.
    Result<HttpResponse> authorize(const HttpRequest &request, const User &user,
                                   Database &database) const;

  private:
    Result<HttpResponse> sign(std::string_view socketId, std::string_view channel, const User &user,
                              Database &database) const;

    const ChannelAuthorizer &authorizer_;
    const App &app_;
};

/// `{"message":"…"}` with that status.
HttpResponse messageResponse(int status, std::string_view message);

} // namespace pregon
