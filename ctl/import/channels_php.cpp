// SPDX-License-Identifier: MIT
#include "ctl/import/channels_php.h"

#include "ctl/import/php_parser.h"

#include <algorithm>

namespace pregon {
namespace {

using Tokens = std::span<const PhpToken>;
using Kind = PhpExpression::Kind;

/// What Laravel takes literally in a pattern, besides `{name}`; the rest would be a regular
/// expression there (spec broadcasting-auth §3.2).
bool isPlainPattern(std::string_view pattern) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.={}@,;";
    return !pattern.empty() && pattern.find_first_not_of(kPlain) == pattern.npos;
}

class FileReader {
  public:
    explicit FileReader(Tokens tokens) : tokens_(tokens) {}

    ChannelsPhp read() {
        while (at_ < tokens_.size() && file_.unknown.empty())
            readStatement();
        return std::move(file_);
    }

  private:
    void stop(std::string_view what) {
        file_.unknown = "line " + std::to_string(tokens_[at_].line) + ": " + std::string(what) +
                        " may register channels, too";
    }

    /// Behind the `;` that ends what begins at at_; nullopt if a block comes first, or no end.
    std::optional<std::size_t> endOfStatement() const {
        for (std::size_t i = at_; i < tokens_.size(); i++) {
            if (tokens_[i].isMark(";"))
                return i + 1;
            const bool opens = tokens_[i].isMark("(") || tokens_[i].isMark("[");
            const auto behind =
                opens ? behindBrackets(tokens_, i) : std::optional<std::size_t>(i + 1);
            if (!behind || tokens_[i].isMark("{") || tokens_[i].isMark("}"))
                return std::nullopt;
            i = *behind - 1;
        }
        return std::nullopt;
    }

    void readStatement() {
        const PhpToken &first = tokens_[at_];
        if (first.isMark(";"))
            return static_cast<void>(at_++);
        const auto end = endOfStatement();
        if (!end)
            return stop("\"" + first.text + "\"");
        const Tokens statement = tokens_.subspan(at_, *end - at_);
        const bool isStrict =
            first.isWord("declare") && statement.size() == 7 && statement[2].isWord("strict_types");
        if (!isStrict && !file_.names.take(statement) && !takeBroadcast(statement))
            return stop("\"" + first.text + "\"");
        at_ = *end;
    }

    /// `Broadcast::channel(…);` or `Broadcast::routes(…);`
    bool takeBroadcast(Tokens statement) {
        if (statement.size() < 6 || statement[0].kind != PhpToken::Kind::Name ||
            !statement[1].isMark("::") ||
            !isLaravelClass(file_.names.resolve(statement[0].text), "Broadcast") ||
            behindBrackets(statement, 3) != statement.size() - 1)
            return false;
        const Tokens inside = statement.subspan(4, statement.size() - 6);
        if (statement[2].isWord("routes")) {
            file_.notes.push_back(
                "line " + std::to_string(statement[0].line) +
                ": Broadcast::routes(): a prefix there changes the path that pages ask, "
                "and auth:sanctum asks for 401 instead of 403 "
                "(PREGON_UNAUTHENTICATED_STATUS)");
            return true;
        }
        const auto arguments = splitAtCommas(inside);
        if (!statement[2].isWord("channel") || arguments.size() < 2 || arguments.size() > 3 ||
            arguments[0].size() != 1 || arguments[0][0].kind != PhpToken::Kind::Text ||
            !isPlainPattern(arguments[0][0].text))
            return false;
        addChannel(statement[0].line, arguments);
        return true;
    }

    void addChannel(int line, const std::vector<Tokens> &arguments) {
        ChannelRegistration channel;
        channel.line = line;
        channel.pattern = arguments[0][0].text;
        constexpr std::size_t kMaxTokens = 4000;
        auto callback = arguments[1].size() <= kMaxTokens
                            ? parsePhpExpression(arguments[1])
                            : failure(Errc::TooLarge, "its code is too long");
        if (!callback)
            channel.reason = callback.error().reason;
        else if (callback->kind == Kind::Closure)
            channel.closure = std::move(*callback);
        else
            channel.reason = callback->kind == Kind::ClassConstant
                                 ? "the class " + callback->type + " decides"
                                 : "its callback is no closure";
        if (arguments.size() == 3)
            readOptions(arguments[2], channel);
        const auto earlier = std::find_if(
            file_.channels.begin(), file_.channels.end(),
            [&](const ChannelRegistration &one) { return one.pattern == channel.pattern; });
        if (earlier == file_.channels.end())
            return file_.channels.push_back(std::move(channel));
        channel.notes.push_back("it replaces the closure of line " + std::to_string(earlier->line));
        *earlier = std::move(channel);
    }

    static void readOptions(Tokens tokens, ChannelRegistration &channel) {
        const auto options = parsePhpExpression(tokens);
        const auto fail = [&] {
            channel.closure.reset();
            channel.reason = "its options are not understood";
        };
        if (!options || options->kind != Kind::List)
            return fail();
        for (const PhpExpression &option : options->parts) {
            if (option.kind != Kind::Pair || option.parts[0].kind != Kind::Text)
                return fail();
            if (option.parts[0].name == "middleware")
                channel.notes.emplace_back("Laravel reads no option middleware here");
            else if (option.parts[0].name != "guards" || !readGuards(option.parts[1], channel))
                return fail();
        }
    }

    static bool readGuards(const PhpExpression &value, ChannelRegistration &channel) {
        channel.guards.emplace();
        const std::vector<PhpExpression> one{value};
        for (const PhpExpression &guard : value.kind == Kind::List ? value.parts : one) {
            if (guard.kind != Kind::Text)
                return false;
            channel.guards->push_back(guard.name);
        }
        return !channel.guards->empty();
    }

    Tokens tokens_;
    std::size_t at_ = 0;
    ChannelsPhp file_;
};

} // namespace

Result<ChannelsPhp> readChannelsPhp(std::string_view php) {
    const auto tokens = phpTokens(php);
    if (!tokens)
        return tl::unexpected<Error>(tokens.error());
    return FileReader(*tokens).read();
}

bool isLaravelClass(std::string_view resolved, std::string_view name) {
    constexpr std::string_view kPlaces[] = {"", "Illuminate\\Support\\Facades\\",
                                            "Illuminate\\Support\\"};
    return std::any_of(std::begin(kPlaces), std::end(kPlaces), [&](std::string_view place) {
        return resolved == std::string(place) + std::string(name);
    });
}

} // namespace pregon
