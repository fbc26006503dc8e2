// SPDX-License-Identifier: MIT

// The settings table, the shipped configuration and the manual page say the same. Runs in the
// repository's folder.

#include "shared/config/app_config.h"
#include "shared/config/apps_file.h"
#include "shared/config/settings.h"
#include "shared/small_file.h"

#include <algorithm>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(SettingsDocumented){
    static std::string contentOf(const char *path){const auto text = readSmallFile(path);
CHECK_TRUE_TEXT(text.has_value(), path);
return text.value_or("");
}
/// As troff reads a backslash and a hyphen.
static std::string roff(std::string_view text) {
    std::string escaped;
    for (const char c : text)
        escaped += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
    return escaped;
}
/// What the manual page says of a setting, from its name to the next one's.
static std::string entryOf(const std::string &page, const std::string &name) {
    const std::size_t start = page.find("\n.TP\n.B " + name + "\n");
    CHECK_TRUE_TEXT(start != std::string::npos, name.c_str());
    const std::size_t end = std::min(page.find("\n.TP\n", start + 1), page.find("\n.SH ", start));
    return page.substr(start, end + 1 - start);
}
static void checkContains(const std::string &text, const std::string &part) {
    CHECK_TRUE_TEXT(text.find(part) != std::string::npos, part.c_str());
}
}
;

TEST(SettingsDocumented, ShippedFileHasEverySettingWithItsDefaultTypeAndRange) {
    const std::string file = contentOf("etc/pregon.env");
    for (const Setting &setting : settings())
        checkContains(file, "\n# Type: " + describe(setting.type) + "\n#" +
                                std::string(setting.name) + "=" + std::string(setting.defaultText) +
                                "\n");
}

TEST(SettingsDocumented, ManualPageHasEverySettingWithItsDefaultTypeAndRange) {
    const std::string page = contentOf("man/pregon.env.5");
    for (const Setting &setting : settings()) {
        const std::string_view known = setting.defaultText.empty() ? "none" : setting.defaultText;
        const std::string expected =
            "\nDefault: " + roff(known) + ".\nType: " + roff(describe(setting.type)) + ".\n";
        const std::string entry = entryOf(page, std::string(setting.name));
        CHECK_TRUE_TEXT(entry.ends_with(expected), (entry + "has not" + expected).c_str());
    }
}

TEST(SettingsDocumented, ManualPageNamesNoOtherSetting) {
    const std::string page = contentOf("man/pregon.env.5");
    constexpr std::string_view kEntry = "\n.TP\n.B ";
    std::size_t count = 0;
    for (std::size_t at = page.find(kEntry); at != std::string::npos; at = page.find(kEntry, at)) {
        at += kEntry.size();
        const std::string name = page.substr(at, page.find('\n', at) - at);
        CHECK_TRUE_TEXT(findSetting(name) != nullptr, name.c_str());
        count++;
    }
    LONGS_EQUAL(settings().size(), count);
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

TEST(SettingsDocumented, SecurityPageTellsTheDefaultsOfItsLimits) {
    const std::string page = contentOf("docs/security.md");
    constexpr std::string_view kRow = "\n| `";
    std::size_t count = 0;
    for (std::size_t at = page.find(kRow); at != std::string::npos; at = page.find(kRow, at)) {
        at += kRow.size();
        const std::string name = page.substr(at, page.find('`', at) - at);
        const Setting *setting = findSetting(name);
        CHECK_TRUE_TEXT(setting != nullptr, name.c_str());
        const std::string_view known = setting->defaultText;
        checkContains(page, "| `" + name + "` | " +
                                (known.empty() ? "" : std::string(known) + " ") + "| ");
        count++;
    }
    CHECK_TRUE(count > 20);
}
