#include "fcgi/broadcasting_api.h"

#include "shared/channel_rules.h"
#include "shared/hmac_signer.h"
#include "shared/json.h"
#include "shared/log.h"

namespace pregon {
namespace {

constexpr std::size_t kMaxBody = 16384; // spec broadcasting-auth §6

HttpResponse refuse(const User &user, std::string_view channel, std::string_view reason) {
    log(LogLevel::Info, "auth refused",
        {{"user", user.id}, {"channel", channel.substr(0, 200)}, {"reason", reason}});
    return messageResponse(403, "Forbidden.");
}

/// Exactly this text is signed and sent.
std::string channelData(const PresencePart &presence, const User &user) {
    JsonWriter json;
    json.beginObject().key("user_id").string(user.column(presence.userIdColumn).value_or(""));
    if (!presence.userInfoColumns.empty()) {
        json.key("user_info").beginObject();
        for (const std::string &column : presence.userInfoColumns) {
            json.key(column);
            if (const SqlValue value = user.column(column))
                json.string(*value);
            else
                json.null();
        }
        json.endObject();
    }
    json.endObject();
    return json.take();
}

} // namespace

HttpResponse messageResponse(int status, std::string_view message) {
    JsonWriter json;
    json.beginObject().key("message").string(message).endObject();
    return {status, "application/json", json.take(), {}};
}

Result<HttpResponse> BroadcastingApi::authorize(const HttpRequest &request, const User &user,
                                                Database &database) const {
    if (request.body.size() > kMaxBody)
        return messageResponse(413, "Request body too large.");
    const auto fields = readFormFields(request);
    if (!fields)
        return messageResponse(400, "Invalid request body.");
    const auto field = [&](const char *name) {
        const auto found = fields->find(name);
        return found != fields->end() ? found->second : std::string();
    };
    const std::string channel = field("channel_name");
    const std::string socketId = field("socket_id");
    if (channel.empty())
        return refuse(user, channel, "no channel_name");
    if (!ChannelRules::isValidName(channel))
        return messageResponse(400, "Invalid channel name");
    if (!ChannelRules::isValidSocketId(socketId))
        return messageResponse(400, "Invalid socket_id");
    if (!ChannelRules::needsAuth(channel))
        return refuse(user, channel, "a public channel needs no signature");
    return sign(socketId, channel, user, database);
}

Result<HttpResponse> BroadcastingApi::sign(std::string_view socketId, std::string_view channel,
                                           const User &user, Database &database) const {
    const auto rule = authorizer_.authorize(user, channel, database);
    if (!rule)
        return tl::unexpected<Error>(rule.error());
    if (*rule == nullptr)
        return refuse(user, channel, "no rule allows it");
    if (ChannelRules::isEncrypted(channel)) {
        log(LogLevel::Error, "auth failed",
            {{"channel", channel}, {"reason", "encryption master key not configured"}});
        return messageResponse(500, "encryption master key not configured");
    }
    std::string data;
    if (ChannelRules::isPresence(channel)) {
        if (!(*rule)->presence || user.column((*rule)->presence->userIdColumn).value_or("").empty())
            return refuse(user, channel, "the rule names no presence member");
        data = channelData(*(*rule)->presence, user);
    }
    std::string text = std::string(socketId) + ":" + std::string(channel);
    if (!data.empty())
        text += ":" + data;
    JsonWriter json;
    json.beginObject().key("auth").string(app_.key + ":" + HmacSigner(app_.secret).sign(text));
    if (!data.empty())
        json.key("channel_data").string(data);
    json.endObject();
    return HttpResponse{200, "application/json", json.take(), {}};
}

} // namespace pregon
