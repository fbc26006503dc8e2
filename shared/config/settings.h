// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/config/setting_type.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace pregon {

/// One line of the settings table: the only place that knows a setting's name, default, limits and
/// help.
struct Setting {
    using Target = std::variant<std::string AppConfig::*, std::int64_t AppConfig::*,
                                bool AppConfig::*, std::vector<ListenAddress> AppConfig::*,
                                std::vector<AddressPrefix> AppConfig::*,
                                std::vector<std::string> AppConfig::*, std::string App::*,
                                std::int64_t App::*, bool App::*, std::vector<std::string> App::*>;

    std::string_view name;
    std::string_view defaultText; ///< empty: none
    SettingType type;
    Target target;
    std::string_view help;
    std::string_view appKey =
        {}; ///< of an application's option: its name in the file of PREGON_APPS
};

/// All of them, in the order of the manual page.
std::span<const Setting> settings();

/// The setting with that name; null if there is none.
const Setting *findSetting(std::string_view name);

/// `; did you mean PREGON_…?` for a name that is not a setting; empty if no name is similar.
std::string nearestSettings(std::string_view name);

/// `; did you mean max_connections?` for a name that is no option of an application.
std::string nearestAppOptions(std::string_view name);

/// An application's option by its name in the file of PREGON_APPS, `rate_limiting.enabled` for a
/// nested one; null if there is none.
const Setting *findAppOption(std::string_view name);

/// True for values that must not be shown: secrets, and the store's address with its password.
bool isSecret(std::string_view name);

/// Puts `text` where the setting points: into `config` or into `app`. BadRequest with the reason,
/// but not the name: checkValue of its type.
Result<Done> assign(AppConfig &config, App &app, const Setting &setting, std::string_view text);

} // namespace pregon
