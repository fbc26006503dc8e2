// SPDX-License-Identifier: MIT
#include "shared/config/config_faults.h"

#include "shared/config/apps_file.h"
#include "shared/config/config_files.h"
#include "shared/config/settings.h"
#include "shared/small_file.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace pregon {
namespace {

/// What is wrong with one value by itself; empty: nothing.
std::string faultOf(const std::string &key, const std::string &value) {
    const Setting *setting = findSetting(key);
    if (setting == nullptr)
        return key.starts_with("PREGON_") ? key + ": unknown setting" + nearestSettings(key) : "";
    AppConfig scratch;
    scratch.apps.resize(1);
    const auto done =
        value.empty() ? Result<Done>(Done{}) : assign(scratch, scratch.apps[0], *setting, value);
    return done ? "" : key + ": " + done.error().reason;
}

class Search {
  public:
    ConfigFaults findIn(const std::string &file) {
        bool isRead = true;
        for (const std::string &path : file.empty() ? std::vector<std::string>() : filesOf(file))
            isRead = lookAt(path) && isRead;
        lookAtEnvironment();
        if (isRead)
            putTogether(file);
        return std::move(found_);
    }

  private:
    struct Value {
        std::string text, place;
    };

    /// The file and its drop-ins in their order.
    static std::vector<std::string> filesOf(const std::string &file) {
        std::vector<std::string> files{file};
        std::error_code error;
        const std::string folder = dropInFolder(file);
        for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
             entry.increment(error))
            if (const std::string name = entry->path().filename().string();
                name.ends_with(".env") && !name.starts_with('.'))
                files.push_back(entry->path().string());
        std::sort(files.begin() + 1, files.end());
        return files;
    }

    /// False if it cannot be read.
    bool lookAt(const std::string &path) {
        const auto text = readSmallFile(path);
        if (!text) {
            found_.faults.push_back(text.error().reason);
            return false;
        }
        const Dotenv parsed = Dotenv::parse(*text);
        std::vector<LineFault> faults = lineFaults(parsed);
        for (const auto &[key, value] : ourVariables(parsed)) {
            const std::size_t line = parsed.find(key)->line;
            if (std::string fault = faultOf(key, value); !fault.empty())
                faults.push_back({line, std::move(fault)});
            else if (!value.empty())
                values_[key] = {value, path + ":" + std::to_string(line)};
        }
        std::stable_sort(faults.begin(), faults.end(),
                         [](const auto &a, const auto &b) { return a.line < b.line; });
        for (const auto &[number, fault] : faults)
            found_.faults.push_back(path + ":" + std::to_string(number) + ": " + fault);
        return true;
    }

    void lookAtEnvironment() {
        for (const auto &[key, value] : processEnvironment())
            if (const std::string fault = faultOf(key, value); !fault.empty())
                found_.faults.push_back("environment: " + fault);
            else if (!value.empty())
                values_[key] = {value, "environment"};
    }

    /// Takes out, one after the other, the values that do not go with the rest.
    void putTogether(const std::string &file) {
        auto config = makeAppConfig(merged(), {});
        while (!config) {
            const std::string &reason = config.error().reason;
            const std::string key = reason.substr(0, reason.find_first_of(":,"));
            const auto value = values_.find(key);
            const bool isThere = value != values_.end();
            found_.faults.push_back((isThere ? value->second.place : file) + ": " + reason);
            if (!isThere)
                return;
            values_.erase(value);
            config = makeAppConfig(merged(), {});
        }
        if (!config->appsFile.empty())
            lookAtApps(*config);
        found_.rest = std::move(*config);
    }

    Environment merged() const {
        Environment all;
        for (const auto &[key, value] : values_)
            all[key] = value.text;
        return all;
    }

    void lookAtApps(AppConfig &config) {
        const auto text = readSmallFile(config.appsFile);
        const auto apps = text ? parseApps(*text) : tl::unexpected<Error>(text.error());
        if (!text)
            found_.faults.push_back(text.error().reason);
        else if (!apps)
            found_.faults.push_back(config.appsFile + ": " + apps.error().reason);
        else if (config.apps[0].id.empty() && !apps->empty())
            config.apps = *apps;
    }

    ConfigFaults found_;
    std::map<std::string, Value> values_; ///< the good ones that are in force
};

} // namespace

ConfigFaults findConfigFaults(const std::string &file) {
    return Search().findIn(file);
}

} // namespace pregon
