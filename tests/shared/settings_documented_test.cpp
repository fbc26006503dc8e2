// The settings table, the shipped configuration and the manual page say the same. Runs in the
// repository's folder.

#include "shared/app_config.h"
#include "shared/apps_file.h"
#include "shared/settings.h"
#include "shared/small_file.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(SettingsDocumented){
    static std::string contentOf(const char *path){const auto text = readSmallFile(path);
CHECK_TRUE_TEXT(text.has_value(), path);
return text.value_or("");
}
static void checkContains(const std::string &text, const std::string &part) {
    CHECK_TRUE_TEXT(text.find(part) != std::string::npos, part.c_str());
}
}
;

TEST(SettingsDocumented, ShippedFileHasEverySettingWithItsDefault) {
    const std::string file = contentOf("etc/pregon.env");
    for (const Setting &setting : settings())
        checkContains(file, "\n#" + std::string(setting.name) + "=" +
                                std::string(setting.defaultText) + "\n");
}

TEST(SettingsDocumented, ManualPageHasEverySetting) {
    const std::string page = contentOf("man/pregon.env.5");
    for (const Setting &setting : settings())
        checkContains(page, "\n.B " + std::string(setting.name) + "\n");
}

TEST(SettingsDocumented, ShippedFileNamesNoOtherSetting) {
    std::string uncommented = contentOf("etc/pregon.env");
    for (std::size_t at = uncommented.find("\n#PREGON_"); at != std::string::npos;
         at = uncommented.find("\n#PREGON_", at))
        uncommented.erase(at + 1, 1);
    const auto values = parseEnvironmentFile(uncommented, "etc/pregon.env");
    CHECK_TRUE(values.has_value());
    CHECK_TRUE(makeAppConfig(*values, {}).has_value());
}

TEST(SettingsDocumented, ShippedExampleOfFurtherApplicationsIsValid) {
    const auto apps = parseApps(contentOf("etc/apps.json"));
    CHECK_TRUE_TEXT(apps.has_value(), apps ? "" : apps.error().reason.c_str());
    LONGS_EQUAL(1, apps->size());
    CHECK_TRUE(parseApps("\xEF\xBB\xBF" + contentOf("etc/apps.json")).has_value());
    LONGS_EQUAL(kUnlimited, apps->front().maxConnections);
}
