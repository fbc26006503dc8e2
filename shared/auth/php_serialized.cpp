// SPDX-License-Identifier: MIT
#include "shared/auth/php_serialized.h"

#include <charconv>

namespace pregon {
namespace {

/// Takes values off the front of a text. After a fault everything is false.
class PhpReader {
  public:
    explicit PhpReader(std::string_view text) : rest_(text) {}

    std::optional<PhpScalars> array() {
        PhpScalars scalars;
        const bool isWhole = takeArray(1, &scalars) && rest_.empty();
        return isWhole ? std::optional(std::move(scalars)) : std::nullopt;
    }

    std::optional<std::string_view> text() {
        std::string_view text;
        const bool isWhole = takes("s:") && takeQuoted(text) && takes(";") && rest_.empty();
        return isWhole ? std::optional(text) : std::nullopt;
    }

  private:
    bool takes(std::string_view what) {
        const bool isThere = rest_.starts_with(what);
        rest_.remove_prefix(isThere ? what.size() : 0);
        return isThere;
    }

    /// Digits, with a minus before them if `isSigned`, up to `end`, which it takes as well.
    bool takeDigits(char end, std::string_view &digits, bool isSigned) {
        const std::size_t at = rest_.find(end);
        digits = rest_.substr(0, at);
        const std::string_view bare = digits.substr(isSigned && digits.starts_with('-') ? 1 : 0);
        constexpr std::size_t kMost = 20;
        if (at == rest_.npos || bare.empty() || bare.size() > kMost ||
            bare.find_first_not_of("0123456789") != bare.npos)
            return false;
        rest_.remove_prefix(at + 1);
        return true;
    }

    bool takeCount(char end, std::size_t &count) {
        std::string_view digits;
        return takeDigits(end, digits, false) &&
               std::from_chars(digits.data(), digits.data() + digits.size(), count).ec ==
                   std::errc();
    }

    /// `5:"abcde"`; the length is in bytes.
    bool takeQuoted(std::string_view &text) {
        std::size_t length = 0;
        if (!takeCount(':', length) || !takes("\"") || length > rest_.size())
            return false;
        text = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return takes("\"");
    }

    /// A text or a whole number, as every key is.
    bool takeScalar(std::string_view &value) {
        if (takes("i:"))
            return takeDigits(';', value, true);
        return takes("s:") && takeQuoted(value) && takes(";");
    }

    /// `a:2:{KEY VALUE KEY VALUE}`; what stands in it goes to `scalars` unless that is null.
    bool takeArray(int depth, PhpScalars *scalars) {
        std::size_t count = 0;
        return takes("a:") && takeCount(':', count) && takeMembers(count, depth, scalars);
    }

    bool takeMembers(std::size_t count, int depth, PhpScalars *scalars) {
        if (depth > kDeepestPhpArray || count > rest_.size() || !takes("{"))
            return false;
        for (; count > 0; count--) {
            std::string_view key, value;
            if (!takeScalar(key))
                return false;
            const bool isScalar = rest_.starts_with("i:") || rest_.starts_with("s:");
            if (isScalar ? !takeScalar(value) : !skipValue(depth))
                return false;
            if (isScalar && scalars != nullptr)
                (*scalars)[std::string(key)] = value;
        }
        return takes("}");
    }

    bool skipTo(char end) {
        const std::size_t at = rest_.find(end);
        rest_.remove_prefix(at == rest_.npos ? 0 : at + 1);
        return at != rest_.npos;
    }

    /// A value that is neither a text nor a whole number.
    bool skipValue(int depth) {
        std::string_view name;
        std::size_t count = 0;
        if (takes("N;"))
            return true;
        if (takes("b:") || takes("d:") || takes("r:") || takes("R:"))
            return skipTo(';');
        if (takes("E:"))
            return takeQuoted(name) && takes(";");
        if (takes("O:"))
            return takeQuoted(name) && takes(":") && takeCount(':', count) &&
                   takeMembers(count, depth + 1, nullptr);
        if (!takes("C:"))
            return takeArray(depth + 1, nullptr);
        if (!takeQuoted(name) || !takes(":") || !takeCount(':', count) || !takes("{") ||
            count > rest_.size())
            return false;
        rest_.remove_prefix(count);
        return takes("}");
    }

    std::string_view rest_;
};

} // namespace

std::optional<PhpScalars> readPhpArray(std::string_view text) {
    return PhpReader(text).array();
}

std::optional<std::string_view> readPhpText(std::string_view text) {
    return PhpReader(text).text();
}

} // namespace pregon
