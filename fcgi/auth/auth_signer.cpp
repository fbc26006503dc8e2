// SPDX-License-Identifier: MIT
#include "fcgi/auth/auth_signer.h"

#include "shared/auth/cipher.h"
#include "shared/json/json.h"
#include "shared/protocol/channel_rules.h"
#include "shared/protocol/hmac_signer.h"

namespace pregon {
namespace {

/// `"id_member":"7","user_info":{…}` of a user, into an object that is open.
void writeUser(JsonWriter &json, const char *idMember, const UserPart &part, const User &user) {
    json.key(idMember).string(user.column(part.idColumn).value_or(""));
    if (part.info.empty())
        return;
    json.key("user_info").beginObject();
    for (const auto &[member, column] : part.info) {
        json.key(member);
        if (const SqlValue value = user.column(column))
            json.string(*value);
        else
            json.null();
    }
    json.endObject();
}

std::string channelData(const UserPart &part, const User &user) {
    JsonWriter json;
    json.beginObject();
    writeUser(json, "user_id", part, user);
    json.endObject();
    return json.take();
}

std::string userData(const UserPart &part, const User &user,
                     const std::vector<std::string> &watchlist) {
    JsonWriter json;
    json.beginObject();
    writeUser(json, "id", part, user);
    if (!watchlist.empty()) {
        json.key("watchlist").beginArray();
        for (const std::string &id : watchlist)
            json.string(id);
        json.endArray();
    }
    json.endObject();
    return json.take();
}

} // namespace

std::string AuthSigner::sign(const std::string &text) const {
    return app_.key + ":" + HmacSigner(app_.secret).sign(text);
}

Result<std::string> AuthSigner::channel(std::string_view socketId, std::string_view channel,
                                        const User &user, const ChannelRule &rule) const {
    const std::string text = std::string(socketId) + ":" + std::string(channel);
    JsonWriter json;
    json.beginObject().key("auth");
    if (ChannelRules::isPresence(channel)) {
        if (!rule.presence || user.column(rule.presence->idColumn).value_or("").empty())
            return failure(Errc::Forbidden, "the rule names no presence member");
        const std::string data =
            channelData(*rule.presence, user); // what is signed is what is sent
        json.string(sign(text + ":" + data)).key("channel_data").string(data);
    } else {
        json.string(sign(text));
    }
    if (ChannelRules::isEncrypted(channel)) {
        const auto key = decodeBase64(masterKey_);
        if (!key ||
            key->size() !=
                kMasterKeyBytes) // an answer without shared_secret would only puzzle the client
            return failure(Errc::Internal, "encryption master key not configured");
        json.key("shared_secret").string(sha256Base64(std::string(channel) + *key));
    }
    json.endObject();
    return json.take();
}

Result<std::string> AuthSigner::user(std::string_view socketId, const User &user,
                                     const SignInRule &rule,
                                     const std::vector<std::string> &watchlist) const {
    if (!ChannelRules::isValidUserId(user.column(rule.user.idColumn).value_or("")))
        return failure(Errc::Forbidden, "the user's id is none that can sign in");
    const std::string data = userData(rule.user, user, watchlist);
    JsonWriter json;
    json.beginObject().key("auth").string(sign(std::string(socketId) + "::user::" + data));
    json.key("user_data").string(data).endObject();
    return json.take();
}

} // namespace pregon
