// SPDX-License-Identifier: MIT
#include "shared/auth/channel_pattern.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

/// The definition: tries every length, the longest first.
std::optional<ChannelParameters> matchByTrying(std::string_view pattern, std::string_view name) {
    if (pattern.empty())
        return name.empty() ? std::optional(ChannelParameters()) : std::nullopt;
    if (!pattern.starts_with('{')) {
        if (name.empty() || name.front() != pattern.front())
            return std::nullopt;
        return matchByTrying(pattern.substr(1), name.substr(1));
    }
    const std::size_t end = pattern.find('}');
    const std::size_t longest = std::min(name.find('.'), name.size());
    for (std::size_t length = longest; length > 0; length--)
        if (auto rest = matchByTrying(pattern.substr(end + 1), name.substr(length))) {
            (*rest)[std::string(pattern.substr(1, end - 1))] = name.substr(0, length);
            return rest;
        }
    return std::nullopt;
}

/// Every text of at most `most` of the pieces.
std::vector<std::string> textsOf(const std::vector<std::string> &pieces, std::size_t most) {
    std::vector<std::string> texts{""};
    for (std::size_t first = 0; most > 0; most--) {
        const std::size_t end = texts.size();
        for (std::size_t i = first; i < end; i++)
            for (const std::string &piece : pieces)
                texts.push_back(texts[i] + piece);
        first = end;
    }
    return texts;
}

} // namespace

TEST_GROUP(ChannelPattern){
    /// The parameters as `a=1 b=2 `; "no match".
    static std::string match(std::string_view pattern, std::string_view name){
        const auto parameters = matchChannel(pattern, name);
if (!parameters)
    return "no match";
std::string text;
for (const auto &[key, value] : *parameters)
    text += key + "=" + value + " ";
return text;
}
}
;

TEST(ChannelPattern, MatchesAsInLaravel) {
    struct {
        const char *pattern, *name, *expected;
    } const cases[] = {
        {"news", "news", ""},
        {"news", "newsx", "no match"},
        {"news", "new", "no match"},
        {"news", "News", "no match"},
        {"commerce.{id}", "commerce.7", "id=7 "},
        {"commerce.{id}", "commerce.", "no match"},
        {"commerce.{id}", "commerce.7.8", "no match"},
        {"commerce.{id}", "commercex7", "no match"},
        {"commerce.{id}", "xcommerce.7", "no match"},
        {"{a}.{b}", "1.2", "a=1 b=2 "},
        {"{a}-{b}", "1-2-3", "a=1-2 b=3 "},
        {"{a}{b}", "12", "a=1 b=2 "},
        {"{a}{b}", "1", "no match"},
        {"x{a}y", "xzyy", "a=zy "},
        {"a.*", "a.b", "no match"},
        {"a.[0-9]", "a.1", "no match"},
        {"{a}", "@=,;", "a=@=,; "},
        {"{a}", "", "no match"},
        {"", "", ""},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL_TEXT(one.expected, match(one.pattern, one.name).c_str(), one.pattern);
}

TEST(ChannelPattern, DividesANameAsTryingEveryLengthWould) {
    const auto names = textsOf({"a", "-", "."}, 5);
    for (std::string pattern : textsOf({"a", "-", ".", "{}"}, 5)) {
        char parameter = 'p'; // each has a name of its own
        for (std::size_t at = 0; (at = pattern.find("{}", at)) != std::string::npos;)
            pattern.insert(at + 1, 1, parameter++);
        std::string different; // the names
        for (const std::string &name : names)
            if (matchChannel(pattern, name) != matchByTrying(pattern, name))
                different += name + " ";
        STRCMP_EQUAL_TEXT("", different.c_str(), pattern.c_str());
    }
}

TEST(ChannelPattern, ManyParametersInOneSegmentAreNotTriedInEveryCombination) {
    std::string pattern = "pair.";
    for (char parameter = 'a'; parameter <= 'z'; parameter++)
        pattern += std::string("{") + parameter + "}-";
    const std::string dashes(155, '-');
    STRCMP_EQUAL("no match", match(pattern + ".x", "pair." + dashes).c_str());
    CHECK_TRUE(
        match(pattern, "pair." + dashes).starts_with("a=" + std::string(104, '-') + " b=- "));
}
