// SPDX-License-Identifier: MIT
#include "ctl/store/demo_store.h"

#include "ctl/store/embedded_schema.h"
#include "ctl/store/uuid.h"
#include "shared/auth/token_store.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/store/outbox_schema.h"

namespace pregon {
namespace {

struct Person {
    const char *name;
    const char *email;
    const char *role;
};

struct ShopPlan {
    const char *name;
    Person owner;
    Person cashier;
};

constexpr ShopPlan kShops[] = {
    {"Tienda Uno",
     {"Ana", "ana@example.test", "admin"},
     {"Caja Uno", "caja1@example.test", "captador"}},
    {"Tienda Dos",
     {"Beto", "beto@example.test", "admin"},
     {"Caja Dos", "caja2@example.test", "captador"}},
};

class DemoMaker {
  public:
    DemoMaker(Database &database, const Clock &clock, std::string userType)
        : database_(database), settings_{.userTypes = {std::move(userType)}},
          tokens_(database, clock, settings_), now_(formatSqlTime(clock.unixSeconds())) {}

    Result<DemoShop> makeShop(const ShopPlan &plan) {
        DemoShop shop{plan.name, plan.owner.name, {}, {}, {}, {}, {}};
        const auto ownerId = addUser(plan.owner, {});
        if (!ownerId)
            return tl::unexpected<Error>(ownerId.error());
        const auto commerceId = addCommerce(plan.name, *ownerId);
        if (!commerceId)
            return tl::unexpected<Error>(commerceId.error());
        shop.commerceId = *commerceId;
        const auto cashierId = addUser(plan.cashier, *commerceId);
        if (!cashierId)
            return tl::unexpected<Error>(cashierId.error());
        if (const auto done = equip(*ownerId, *commerceId, shop.ownerToken, shop.ownerDevice);
            !done)
            return tl::unexpected<Error>(done.error());
        if (const auto done = equip(*cashierId, *commerceId, shop.cashierToken, shop.cashierDevice);
            !done)
            return tl::unexpected<Error>(done.error());
        return shop;
    }

  private:
    Result<std::string> addUser(const Person &person, const SqlValue &commerceId) {
        return insert("INSERT INTO users (name, email, password, role, commerce_id, created_at, "
                      "updated_at) VALUES (:name, :email, '!', :role, :commerce, :created, "
                      ":updated) RETURNING id",
                      {person.name, person.email, person.role, commerceId, now_, now_});
    }

    Result<std::string> addCommerce(const std::string &name, const std::string &ownerId) {
        auto id = insert("INSERT INTO commerces (name, owner_user_id, created_at, updated_at) "
                         "VALUES (:name, :owner, :created, :updated) RETURNING id",
                         {name, ownerId, now_, now_});
        if (!id)
            return id;
        const auto updated = database_.execute(
            "UPDATE users SET commerce_id = :commerce WHERE id = :owner", {*id, ownerId});
        if (!updated)
            return tl::unexpected<Error>(updated.error());
        return id;
    }

    /// Gives a user a token and a device.
    Result<Done> equip(const std::string &userId, const std::string &commerceId, std::string &token,
                       std::string &device) {
        auto issued = tokens_.issue(userId, "demo");
        if (!issued)
            return tl::unexpected<Error>(issued.error());
        token = std::move(*issued);
        device = randomUuid();
        const std::string alias = "Caja " + std::to_string(++devices_);
        const auto id = insert("INSERT INTO devices (user_id, uuid, name, platform, is_active, "
                               "commerce_id, alias, created_at, updated_at) VALUES (:user, :uuid, "
                               "'Demo', 'android', '1', :commerce, :alias, :created, :updated) "
                               "RETURNING id",
                               {userId, device, commerceId, alias, now_, now_});
        if (!id)
            return tl::unexpected<Error>(id.error());
        return Done{};
    }

    Result<std::string> insert(std::string_view sql, const std::vector<SqlParameter> &parameters) {
        const auto rows = database_.query(sql, 1, parameters);
        if (!rows)
            return tl::unexpected<Error>(rows.error());
        return rows->front()[0].value_or("");
    }

    Database &database_;
    TokenSettings settings_;
    TokenStore tokens_;
    std::string now_;
    int devices_ = 0;
};

Result<Done> requireNoUsers(Database &database) {
    const auto users = database.query("SELECT id FROM users LIMIT 1", 1);
    if (!users)
        return tl::unexpected<Error>(users.error());
    if (!users->empty())
        return failure(Errc::BadRequest, "the users table has rows: not for a store in use");
    return Done{};
}

Result<DemoStore> addDemoShops(Database &database, const Clock &clock,
                               const std::string &userType) {
    if (const auto empty = requireNoUsers(database); !empty)
        return tl::unexpected<Error>(empty.error());
    DemoMaker maker(database, clock, userType);
    DemoStore store;
    for (const ShopPlan &plan : kShops) {
        auto shop = maker.makeShop(plan);
        if (!shop)
            return tl::unexpected<Error>(shop.error());
        store.shops.push_back(std::move(*shop));
    }
    return store;
}

} // namespace

Result<Done> createEmbeddedSchema(Database &database) {
    for (const char *statement : kEmbeddedSchema)
        if (const auto created = database.execute(statement); !created)
            return created;
    return makeOutbox(database);
}

Result<DemoStore> makeDemoStore(Database &database, const Clock &clock,
                                const std::string &userType) {
    const bool makesTables = database.kind() == DatabaseKind::Sqlite;
    if (!makesTables) { // first: MariaDB ends a transaction where a table is made
        if (const auto empty = requireNoUsers(database); !empty)
            return tl::unexpected<Error>(empty.error());
        if (const auto made = makeOutbox(database); !made)
            return tl::unexpected<Error>(made.error());
    }
    return database.transaction<DemoStore>([&]() -> Result<DemoStore> {
        if (makesTables)
            if (const auto created = createEmbeddedSchema(database); !created)
                return tl::unexpected<Error>(created.error());
        return addDemoShops(database, clock, userType);
    });
}

} // namespace pregon
