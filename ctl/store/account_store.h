// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/token_store.h"
#include "shared/clock.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <string>
#include <vector>

namespace pregon {

struct NewUser {
    std::string name;
    std::string email;
    std::string passwordHash;           ///< `!`: the user cannot log in with a password
    SqlValue commerceId = std::nullopt; ///< of a shop that is there
    std::string newShop;                ///< or the name of one to be made, which they own
    std::string role;
};

struct NewDevice {
    std::string uuid;
    std::string name;
    std::string alias;
};

/// Users, tokens and devices, for pregonctl. A user is named by id or e-mail, a device by id or
/// uuid. Errors: NotFound, BadRequest with the reason, else as Database's. Borrows both.
class AccountStore {
  public:
    AccountStore(Database &database, const Clock &clock) : database_(database), clock_(clock) {}

    /// The columns of `users`: id, email, name, role, commerce_id, created_at.
    Result<std::vector<SqlRow>> users();
    /// The new user's id. BadRequest: the e-mail is taken. NotFound: no such shop.
    Result<std::string> addUser(const NewUser &user);
    /// The user can no longer log in, nor their tokens and devices be used; what they did stays.
    Result<Done> revokeUser(const std::string &user, const std::vector<std::string> &userTypes);

    /// Of one user, or of all if empty: id, the user's e-mail, name, abilities, last_used_at,
    /// expires_at, created_at. Never the token itself, nor its hash.
    Result<std::vector<SqlRow>> tokens(const std::string &user, const std::string &userType);
    Result<std::string> addToken(const std::string &user, const std::string &name,
                                 const TokenGrant &grant, const TokenSettings &settings);
    Result<Done> revokeToken(const std::string &id);

    /// Of one user, or of all if empty: id, uuid, the user's e-mail, name, alias, commerce_id,
    /// is_active, last_seen_at.
    Result<std::vector<SqlRow>> devices(const std::string &user);
    /// A device of the user, in the user's shop. BadRequest: the uuid is taken.
    Result<Done> addDevice(const std::string &user, const NewDevice &device);
    /// The device's payments are refused from now on; those that came stay.
    Result<Done> revokeDevice(const std::string &device);

  private:
    struct Known {
        std::string id;
        SqlValue commerceId;
    };
    Result<Known> findUser(const std::string &user);
    Result<bool> exists(std::string_view sql, const SqlParameter &value);
    Result<std::string> insertUser(const NewUser &user);

    Database &database_;
    const Clock &clock_;
};

} // namespace pregon
