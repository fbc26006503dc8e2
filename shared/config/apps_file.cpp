// SPDX-License-Identifier: MIT
#include "shared/config/apps_file.h"

#include "shared/config/app_key.h"
#include "shared/config/settings.h"
#include "shared/json/json.h"
#include "shared/text_encoding.h"

#include <set>

namespace pregon {
namespace {

/// A JSON value as the text that an env file would hold; nullopt for what cannot be one.
std::optional<std::string> settingText(JsonValue value) {
    if (const auto boolean = value.asBoolean())
        return *boolean ? "true" : "false";
    if (const auto number = value.asNumberText())
        return number;
    if (!value.isArray())
        return value.asString();
    std::string list;
    bool isOfText = true;
    value.forEach([&](std::string_view, JsonValue element) {
        isOfText = isOfText && element.isString();
        list += (list.empty() ? "" : ",") + element.asString().value_or("");
    });
    return isOfText ? std::optional(list) : std::nullopt;
}

Result<Done> readAppOption(App &app, const std::string &name, JsonValue value) {
    const Setting *setting = findAppOption(name);
    if (setting == nullptr)
        return failure(Errc::BadRequest, name + ": unknown option" + nearestAppOptions(name));
    if (value.isNull()) // as Laravel writes what is not set: the default stays
        return Done{};
    const auto text = settingText(value);
    const bool wantsText = std::holds_alternative<std::string App::*>(setting->target);
    if (!text || (wantsText && !value.isString() && !value.isNumber()))
        return failure(Errc::BadRequest, name + ": has the wrong type");
    AppConfig unused;
    const auto done = assign(unused, app, *setting, *text);
    if (!done)
        return failure(Errc::BadRequest, name + ": " + done.error().reason);
    return Done{};
}

/// No option stands there twice: one of the two would count, perhaps the laxer one.
Result<Done> checkOnce(JsonValue entry) {
    Result<Done> result = Done{};
    std::set<std::string> seen;
    entry.forEach([&](std::string_view name, JsonValue value) {
        if (!seen.insert(std::string(name)).second)
            result = failure(Errc::BadRequest, std::string(name) + ": stands there twice");
        else if (value.isObject() && result)
            if (const auto inner = checkOnce(value); !inner)
                result = failure(Errc::BadRequest, std::string(name) + "." + inner.error().reason);
    });
    return result;
}

Result<Done> readAppWebhooks(App &app, JsonValue value, const WebhookDefaults &defaults) {
    if (value.isNull())
        return Done{};
    auto webhooks = readWebhooks(value, defaults);
    if (!webhooks)
        return failure(Errc::BadRequest, "webhooks: " + webhooks.error().reason);
    app.webhooks = std::move(*webhooks);
    return Done{};
}

Result<App> readApp(JsonValue entry, const WebhookDefaults &defaults) {
    if (const auto once = checkOnce(entry); !once)
        return tl::unexpected<Error>(once.error());
    AppConfig unused;
    App app;
    for (const Setting &setting : settings())
        if (!setting.appKey.empty() && !setting.defaultText.empty())
            (void)assign(unused, app, setting, setting.defaultText);
    Result<Done> result = Done{};
    entry.forEach([&](std::string_view name, JsonValue value) {
        if (name == "options" || !result) // of Reverb's own use
            return;
        if (name == "webhooks")
            result = readAppWebhooks(app, value, defaults);
        else if (!value.isObject())
            result = readAppOption(app, std::string(name), value);
        else
            value.forEach([&](std::string_view inner, JsonValue nested) {
                if (result)
                    result =
                        readAppOption(app, std::string(name) + "." + std::string(inner), nested);
            });
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    if (app.id.empty() || app.key.empty() || app.secret.empty())
        return failure(Errc::BadRequest, "app_id, key and secret are required");
    if (const auto usable = checkAppKey(app.key); !usable)
        return failure(usable.error().code, "key: " + usable.error().reason);
    return app;
}

} // namespace

Result<std::vector<App>> parseApps(std::string_view json, const WebhookDefaults &defaults) {
    const auto document = JsonDocument::parse(withoutByteOrderMark(json));
    if (!document)
        return tl::unexpected<Error>(document.error());
    if (!document->root().isArray())
        return failure(Errc::BadRequest, "expected a list of applications");
    std::vector<App> apps;
    Result<Done> result = Done{};
    document->root().forEach([&](std::string_view, JsonValue entry) {
        auto app = readApp(entry, defaults);
        if (app)
            apps.push_back(std::move(*app));
        else if (result)
            result = failure(Errc::BadRequest, "application " + std::to_string(apps.size() + 1) +
                                                   ": " + app.error().reason);
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    return apps;
}

} // namespace pregon
