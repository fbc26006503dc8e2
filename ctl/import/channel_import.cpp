// SPDX-License-Identifier: MIT
#include "ctl/import/channel_import.h"

#include "ctl/import/channels_php.h"
#include "ctl/import/closure_translation.h"
#include "shared/auth/channels_file.h"
#include "shared/json/json.h"

#include <algorithm>

namespace pregon {
namespace {

std::string fallbackRule(const std::string &pattern) {
    return JsonWriter()
        .beginObject()
        .key("channel")
        .string(pattern)
        .key("fallback")
        .boolean(true)
        .endObject()
        .take();
}

void addColumn(std::vector<std::string> &columns, const std::string &column) {
    if (column != "id" && std::find(columns.begin(), columns.end(), column) == columns.end())
        columns.push_back(column);
}

std::string replaced(std::string text, const std::string &what, const std::string &with) {
    return text.replace(text.find(what), what.size(), with);
}

/// True if between its dots the pattern has nothing but the parameter that is one: then what the
/// separator divides is the same for PHP and for the rule.
bool isAloneInItsPart(const std::string &pattern, const std::string &parameter) {
    const std::size_t at = pattern.find("{" + parameter + "}");
    const std::size_t dot = pattern.rfind('.', at);
    const std::size_t start = dot == pattern.npos ? 0 : dot + 1;
    const std::string part = pattern.substr(start, pattern.find('.', at) - start);
    return part == "{" + parameter + "}" ||
           (part.ends_with("{" + parameter + "}") && part.find('{') == part.rfind('{'));
}

class Importer {
  public:
    Importer(const ChannelsPhp &file, Models &models) : file_(file), models_(models) {}

    ChannelImport run() {
        result_.notes = file_.notes;
        if (!file_.unknown.empty())
            result_.notes.push_back(file_.unknown + ": every channel is left to the application");
        std::string unread;
        if (models_.isKnown() && models_.find("App\\Models\\User", unread) == nullptr)
            result_.notes.push_back("attributes of the user are taken for columns: " + unread);
        for (const ChannelRegistration &channel : file_.channels)
            result_.channels.push_back(imported(channel));
        return std::move(result_);
    }

  private:
    ImportedChannel imported(const ChannelRegistration &channel) {
        ImportedChannel one{channel.line, channel.pattern, false, channel.reason, "",
                            {},           channel.notes};
        if (!file_.unknown.empty())
            one.reason = "code elsewhere in the file is not understood";
        else if (channel.closure)
            translate(channel, one);
        if (!one.isRule)
            one.rules = {fallbackRule(channel.pattern)};
        return one;
    }

    void translate(const ChannelRegistration &channel, ImportedChannel &one) {
        for (const std::string &guard : channel.guards.value_or(std::vector<std::string>()))
            if (guard != "web" && guard != "sanctum" && guard != "api") {
                one.reason = "the guard " + guard + " may be of another table";
                return;
            }
        auto meaning = translateClosure(channel, file_.names, models_);
        if (!meaning) {
            one.reason = meaning.error().reason;
            return;
        }
        one.notes.insert(one.notes.end(), meaning->notes.begin(), meaning->notes.end());
        if (meaning->split && !isAloneInItsPart(channel.pattern, meaning->split->name)) {
            one.reason = "what explode() divides is not a part of the name by itself";
            return;
        }
        write(channel, *meaning, one);
        if (one.isRule)
            warn(channel, *meaning, one);
    }

    void write(const ChannelRegistration &channel, const ClosureMeaning &meaning,
               ImportedChannel &one) {
        std::string pattern = channel.pattern;
        if (meaning.split)
            pattern = splitPattern(pattern, *meaning.split, one);
        const std::string rule = ruleOf(pattern, channel.guards, meaning);
        std::vector<std::string> columns = columnsOf(meaning);
        if (const auto file = parseChannelsFile("[" + rule + "]", columns); !file) {
            one.reason = "no rule can say it: " + file.error().reason;
            return;
        }
        one.isRule = true;
        one.rules.push_back(rule);
        if (meaning.split)
            one.rules.push_back(fallbackRule(channel.pattern));
        for (const std::string &column : columns)
            addColumn(result_.columns, column);
    }

    /// The pattern with two parameters instead of one. Names that explode() divides otherwise, in
    /// three or with an empty part, are left to the application by rules before it.
    static std::string splitPattern(const std::string &pattern, const SplitParameter &split,
                                    ImportedChannel &one) {
        const auto with = [&](const std::string &text) {
            return replaced(pattern, "{" + split.name + "}", text);
        };
        const std::string first = "{" + split.first() + "}", second = "{" + split.second() + "}";
        const std::string &bar = split.separator;
        const std::string two = first + bar + second;
        for (const std::string &odd :
             {two + bar + "{" + split.third() + "}", first + bar + bar + second, bar + two})
            one.rules.push_back(fallbackRule(with(odd)));
        return with(two);
    }

    static std::vector<std::string> columnsOf(const ClosureMeaning &meaning) {
        std::vector<std::string> columns = userColumnsOf(meaning.access);
        for (const auto &[member, column] : meaning.shown.value_or(ShownColumns()))
            addColumn(columns, column);
        return columns;
    }

    static std::string ruleOf(const std::string &pattern,
                              const std::optional<std::vector<std::string>> &guards,
                              const ClosureMeaning &meaning) {
        JsonWriter json;
        json.beginObject().key("channel").string(pattern);
        std::string text = json.text() + "," + ruleMembers(meaning.access);
        if (guards) {
            JsonWriter list;
            list.beginArray();
            for (const std::string &guard : *guards)
                list.string(guard);
            text += ",\"guards\":" + list.endArray().text();
        }
        if (!meaning.shown)
            return text + "}";
        JsonWriter info;
        info.beginObject().key("user_id").string("user.id").key("user_info").beginObject();
        for (const auto &[member, column] : *meaning.shown)
            info.key(member).string(column);
        return text + ",\"presence\":" + info.endObject().endObject().text() + "}";
    }

    static void warn(const ChannelRegistration &channel, const ClosureMeaning &meaning,
                     ImportedChannel &one) {
        const auto parameters = patternParameters(channel.pattern);
        if (meaning.access.kind == Access::Kind::Everyone) {
            if (parameters.empty() || meaning.shown)
                one.notes.emplace_back("lets in every user who is logged in");
            else
                one.danger =
                    "lets in every user who is logged in, whatever {" + parameters[0] + "} is";
        }
        if (channel.pattern.starts_with("private-") || channel.pattern.starts_with("presence-"))
            one.notes.emplace_back(
                "patterns are written without the prefix: this one matches only a doubled one");
    }

    const ChannelsPhp &file_;
    Models &models_;
    ChannelImport result_;
};

} // namespace

std::string ChannelImport::json() const {
    std::string text;
    for (const ImportedChannel &channel : channels)
        for (const std::string &rule : channel.rules)
            text += (text.empty() ? "[\n  " : ",\n  ") + rule;
    return text.empty() ? "[]\n" : text + "\n]\n";
}

Result<ChannelImport> importChannels(std::string_view php, Models &models) {
    const auto file = readChannelsPhp(php);
    if (!file)
        return tl::unexpected<Error>(file.error());
    return Importer(*file, models).run();
}

} // namespace pregon
