// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <string>
#include <vector>

namespace pregon {

/// A shop of the demonstration, with what a phone and a dashboard need to take part.
struct DemoShop {
    std::string name;
    std::string ownerName;
    std::string commerceId;
    std::string ownerToken;  ///< bearer token; exists nowhere else
    std::string ownerDevice; ///< uuid
    std::string cashierToken;
    std::string cashierDevice;
};

struct DemoStore {
    std::vector<DemoShop> shops;
};

/// Makes the application's tables as its migrations make them in SQLite (embedded_schema.h), and
/// the outbox, as far as they are missing. Unavailable: the database's.
Result<Done> createEmbeddedSchema(Database &database);

/// Two shops with an owner and a cashier each; each of the four has an active device and a token of
/// the tokenable_type `userType`. No user can log in with a password. All of it or nothing. With
/// SQLite call createEmbeddedSchema before; elsewhere the application's tables must exist, and only
/// the outbox is made. BadRequest if there are users already: this is not for a store in use.
/// Internal: a table is missing. Unavailable.
Result<DemoStore> makeDemoStore(Database &database, const Clock &clock,
                                const std::string &userType);

} // namespace pregon
