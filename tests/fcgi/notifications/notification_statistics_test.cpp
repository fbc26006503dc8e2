// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_statistics.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;
using Group = NotificationStatistics::Group;

namespace {

Group groupOf(const char *app, const char *day, std::int64_t count, std::int64_t hundredths,
              std::int64_t firstId) {
    Group group;
    group.sourceApp = app;
    group.deviceId = "1";
    group.deviceName = "Caja 1";
    group.day = day;
    group.status = "pending";
    group.count = count;
    group.hundredths = hundredths;
    group.firstId = firstId;
    return group;
}

std::string jsonOf(const std::vector<Group> &groups) {
    NotificationStatistics statistics;
    for (const Group &group : groups)
        statistics.add(group);
    return statistics.toJson();
}

} // namespace

TEST_GROUP(NotificationStatistics){};

TEST(NotificationStatistics, OfNothingIsAllZerosAndEmptyObjects) {
    STRCMP_EQUAL(R"({"total":0,"total_amount":0,"by_source_app":{},"by_device":{},"by_date":{},)"
                 R"("by_status":{},"duplicates":0})",
                 jsonOf({}).c_str());
}

TEST(NotificationStatistics, AddsUpToTheCentAndWritesNumbersAsPhpDoes) {
    const std::string json =
        jsonOf({groupOf("bcp", "2026-11-22", 1, 10, 1), groupOf("bcp", "2026-11-22", 1, 20, 2),
                groupOf("plin", "2026-11-22", 1, 1000, 3)});
    STRCMP_CONTAINS(R"("total":3,"total_amount":10.3,)", json.c_str());
    STRCMP_CONTAINS(R"("bcp":{"count":2,"total_amount":0.3},"plin":{"count":1,"total_amount":10})",
                    json.c_str());
}

TEST(NotificationStatistics, CountsDuplicatesApart) {
    Group copy = groupOf("yape", "2026-11-20", 2, 5100, 2);
    copy.isDuplicate = true;
    STRCMP_EQUAL(R"({"total":0,"total_amount":0,"by_source_app":{},"by_device":{},"by_date":{},)"
                 R"("by_status":{},"duplicates":2})",
                 jsonOf({copy}).c_str());
}

TEST(NotificationStatistics, NamesDaysInTheOrderInWhichTheyOccur) {
    STRCMP_CONTAINS(
        R"("by_date":{"2026-11-22":{"count":1,"total_amount":1},"2026-11-20":)",
        jsonOf({groupOf("yape", "2026-11-20", 1, 100, 9), groupOf("yape", "2026-11-22", 1, 100, 4)})
            .c_str());
}

TEST(NotificationStatistics, LeavesOutDevicesThatAreGoneAndOfTwoWithOneNameTheEarlier) {
    Group gone = groupOf("yape", "2026-11-20", 1, 100, 1);
    gone.deviceName.reset();
    Group later = groupOf("yape", "2026-11-20", 4, 400, 2);
    later.deviceId = "10";
    STRCMP_CONTAINS(R"("total":7,)",
                    jsonOf({later, gone, groupOf("yape", "2026-11-20", 2, 200, 3)}).c_str());
    STRCMP_CONTAINS(R"("by_device":{"Caja 1":{"count":4,"total_amount":4}})",
                    jsonOf({later, gone, groupOf("yape", "2026-11-20", 2, 200, 3)}).c_str());
}

TEST(NotificationStatistics, APeriodEndsWithTheLastSecondOfItsDay) {
    const auto period = readStatisticsPeriod("start_date=2026-11-21&end_date=2026-11-21T10:00:00");
    STRCMP_EQUAL("2026-11-21 00:00:00", period->from->c_str());
    STRCMP_EQUAL("2026-11-21 23:59:59", period->to->c_str());
}

TEST(NotificationStatistics, APeriodMayBeLeftOutAndOtherFiltersAreIgnored) {
    const auto period = readStatisticsPeriod("start_date=&device_id=x&per_page=0");
    CHECK_TRUE(period.has_value());
    CHECK_FALSE(period->from || period->to);
}

TEST(NotificationStatistics, ADateThatIsNoneIsRefusedAsInTheList) {
    for (const char *query : {"start_date=nonsense", "end_date=1", "start_date[]=2026-11-21",
                              "start_date=2026-11-22&end_date=2026-11-21"})
        CHECK_FALSE_TEXT(readStatisticsPeriod(query).has_value(), query);
}
