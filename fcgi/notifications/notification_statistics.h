// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/laravel_validation.h"
#include "shared/auth/token_store.h"
#include "shared/store/database.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

class JsonWriter;

/// The days of which `GET /api/notifications/statistics` tells; nullopt: no bound.
struct StatisticsPeriod {
    std::optional<std::string> from; ///< `2026-11-24 09:00:00`, included
    std::optional<std::string> to;   ///< the same; the last second of end_date's day
};

/// Reads `start_date` and `end_date` of a query string by the rules of the list
/// (notification_query.h), but for the hour of `end_date`: its whole day counts, as in the
/// application. Other fields are ignored.
tl::expected<StatisticsPeriod, ValidationErrors> readStatisticsPeriod(std::string_view query);

/// The sums of one user's notices (recorded in tests/e2e/fixtures/laravel_statistics.json). Amounts
/// are hundredths: sums are exact. Pure.
class NotificationStatistics {
  public:
    /// Notices of one day, device, application and status.
    struct Group {
        std::string sourceApp;
        std::string deviceId;
        std::optional<std::string> deviceName; ///< nullopt: the device is gone
        std::string day;                       ///< `2026-11-24`
        std::string status;
        bool isDuplicate = false;
        std::int64_t count = 0;
        std::int64_t hundredths = 0;
        std::int64_t firstId = 0; ///< the lowest id among them
    };

    void add(const Group &group);
    /// The body of the answer. Days stand in the order in which they occur in the table; of two
    /// devices with one name the later one counts.
    std::string toJson() const;

  private:
    struct Sum {
        std::int64_t count = 0;
        std::int64_t hundredths = 0;
        std::int64_t firstId = 0;

        void add(const Group &group);
    };
    struct Device {
        std::string name;
        Sum sum;
    };
    using Named = std::vector<std::pair<std::string, Sum>>;
    static void writeGroups(JsonWriter &json, std::string_view name, const Named &groups);
    Named devicesByName() const;
    Named daysAsTheyOccur() const;

    Sum all_;
    std::int64_t duplicates_ = 0;
    std::map<std::string, Sum> apps_;
    std::map<std::int64_t, Device> devices_; ///< by the id
    std::map<std::string, Sum> days_;
    std::map<std::string, std::int64_t> statuses_;
};

/// Adds up what the user's devices posted in that time, of whatever commerce: one statement, so
/// that the parts fit the total. Errors: the database's.
Result<NotificationStatistics> readStatistics(Database &database, const User &user,
                                              const StatisticsPeriod &period);

} // namespace pregon
