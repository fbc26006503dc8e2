// SPDX-License-Identifier: MIT
#include "ctl/import/models.h"

#include "shared/ascii.h"
#include "shared/small_file.h"

#include <algorithm>

namespace pregon {
namespace {

/// Laravel's English plural, as far as tables commonly need it.
std::string plural(std::string word) {
    const auto ends = [&](std::string_view with) { return word.ends_with(with); };
    if (ends("person"))
        return word.substr(0, word.size() - 6) + "people";
    if (ends("child"))
        return word + "ren";
    if (ends("y") && word.size() > 1 &&
        std::string_view("aeiou").find(word[word.size() - 2]) == std::string_view::npos)
        return word.substr(0, word.size() - 1) + "ies";
    if (ends("s") || ends("x") || ends("z") || ends("ch") || ends("sh"))
        return word + "es";
    return word + "s";
}

} // namespace

std::string snakeCase(std::string_view name) {
    std::string snake;
    for (const char c : name) {
        if (asciiLower(c) != c && !snake.empty())
            snake += '_';
        snake += asciiLower(c);
    }
    return snake;
}

std::string conventionalTable(std::string_view name) {
    return plural(snakeCase(name));
}

const Model *Models::find(const std::string &className, std::string &reason) {
    constexpr std::string_view kNamespace = "App\\Models\\";
    const auto known = models_.find(className);
    if (known != models_.end()) {
        if (!known->second)
            reason = known->second.error().reason;
        return known->second ? &*known->second : nullptr;
    }
    Result<Model> model = failure(Errc::NotFound, className + " is no model below --models");
    if (isKnown() && className.starts_with(kNamespace)) {
        std::string path = className.substr(kNamespace.size());
        std::replace(path.begin(), path.end(), '\\', '/');
        const auto text = readSmallFile(folder_ + "/" + path + ".php");
        model = text ? readModel(*text) : tl::unexpected<Error>(text.error());
        if (!model)
            model = failure(model.error().code, path + ".php: " + model.error().reason);
        else if (model->className != className)
            model = failure(Errc::NotFound, path + ".php holds " + model->className);
    }
    models_.emplace(className, std::move(model));
    return find(className, reason);
}

} // namespace pregon
