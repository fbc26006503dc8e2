// SPDX-License-Identifier: MIT
#include "ctl/import/models.h"
#include "ctl/import/php_parser.h"
#include "shared/ascii.h"
#include "shared/store/schema_names.h"

#include <algorithm>

namespace pregon {
namespace {

using Tokens = std::span<const PhpToken>;
using Kind = PhpExpression::Kind;

constexpr std::string_view kBases[] = {"Illuminate\\Database\\Eloquent\\Model",
                                       "Illuminate\\Foundation\\Auth\\User"};

/// Traits that change neither which rows a query finds nor what an attribute says.
constexpr std::string_view kPlainTraits[] = {
    "Illuminate\\Database\\Eloquent\\Factories\\HasFactory",
    "Illuminate\\Notifications\\Notifiable",
    "Laravel\\Sanctum\\HasApiTokens",
    "Laravel\\Passport\\HasApiTokens",
    "Laravel\\Fortify\\TwoFactorAuthenticatable",
    "Laravel\\Cashier\\Billable",
};
constexpr std::string_view kTextKeyTraits[] = {
    "Illuminate\\Database\\Eloquent\\Concerns\\HasUuids",
    "Illuminate\\Database\\Eloquent\\Concerns\\HasUlids",
    "Illuminate\\Database\\Eloquent\\Concerns\\HasVersion7Uuids",
};

/// Methods by which a model finds other rows, or binds a channel's parameter to another one.
constexpr std::string_view kRowMethods[] = {"boot",
                                            "booted",
                                            "booting",
                                            "newquery",
                                            "neweloquentbuilder",
                                            "newmodelquery",
                                            "newbasequerybuilder",
                                            "resolveroutebinding",
                                            "resolveroutebindingquery",
                                            "getroutekeyname",
                                            "gettable",
                                            "getkeyname",
                                            "getconnectionname",
                                            "registerglobalscopes",
                                            "getforeignkey",
                                            "find",
                                            "where",
                                            "query",
                                            "findorfail",
                                            "bootif"};
/// Methods by which an attribute is something else than its column.
constexpr std::string_view kAttributeMethods[] = {
    "__get",         "__call",   "getattribute",      "getattributevalue",     "getkey",
    "getkeytype",    "getcasts", "getauthidentifier", "getauthidentifiername", "toarray",
    "jsonserialize", "only"};

template <class List>
bool contains(const List &list, std::string_view what) {
    return std::find(std::begin(list), std::end(list), what) != std::end(list);
}

std::string_view lastPart(std::string_view name) {
    const std::size_t bar = name.rfind('\\');
    return bar == std::string_view::npos ? name : name.substr(bar + 1);
}

/// Reads the members of one class.
class ModelReader {
  public:
    explicit ModelReader(Tokens tokens) : tokens_(tokens) {}

    Result<Model> read() {
        std::size_t at = 0;
        for (; at < tokens_.size() && !isClass(at); at = behindStatement(at))
            if (const Tokens head = tokens_.subspan(at, behindStatement(at) - at);
                !names_.take(head) && !head[0].isWord("declare"))
                return failure(Errc::BadRequest, "line " + std::to_string(head[0].line) + ": \"" +
                                                     head[0].text + "\" is not understood there");
        while (at < tokens_.size() && !tokens_[at].isWord("class"))
            at++;
        if (at + 1 >= tokens_.size())
            return failure(Errc::BadRequest, "no class");
        model_.className = names_.resolve(tokens_[at + 1].text);
        readHead(at + 2);
        return std::move(model_);
    }

  private:
    bool isClass(std::size_t at) const {
        return tokens_[at].isWord("class") || tokens_[at].isWord("final") ||
               tokens_[at].isWord("abstract") || tokens_[at].isWord("readonly");
    }

    /// Behind the next `;` outside brackets, or the end.
    std::size_t behindStatement(std::size_t at) const {
        for (; at < tokens_.size(); at++) {
            if (tokens_[at].isMark(";"))
                return at + 1;
            if (tokens_[at].isMark("{") || tokens_[at].isMark("(") || tokens_[at].isMark("[") ||
                tokens_[at].isMark("#["))
                at = behindBrackets(tokens_, at).value_or(tokens_.size()) - 1;
        }
        return tokens_.size();
    }

    void rowFault(std::string reason) {
        if (model_.rowFault.empty())
            model_.rowFault = std::move(reason);
    }

    void readHead(std::size_t at) {
        model_.table = conventionalTable(lastPart(model_.className));
        std::string base;
        if (at + 1 < tokens_.size() && tokens_[at].isWord("extends"))
            base = names_.resolve(tokens_[at + 1].text);
        if (!contains(kBases, base)) {
            rowFault("it extends " + (base.empty() ? "nothing" : base));
            model_.attributeFault = model_.rowFault;
        }
        while (at < tokens_.size() && !tokens_[at].isMark("{"))
            at++;
        const auto end = behindBrackets(tokens_, at);
        if (!end) {
            rowFault("its brackets do not match");
            model_.attributeFault = model_.rowFault;
            return;
        }
        tokens_ = tokens_.subspan(0, *end - 1);
        for (at++; at < tokens_.size();)
            at = readMember(at);
    }

    std::size_t readMember(std::size_t at) {
        const std::size_t start = at;
        if (tokens_[at].isMark("#[")) {
            rowFault("it has attributes");
            return behindBrackets(tokens_, at).value_or(tokens_.size());
        }
        if (tokens_[at].isWord("use")) {
            const std::size_t end = behindStatement(at);
            readTraits(tokens_.subspan(at + 1, end - at - 1));
            return end;
        }
        while (at < tokens_.size() && !tokens_[at].isWord("function") &&
               !tokens_[at].isWord("const") && tokens_[at].kind != PhpToken::Kind::Variable &&
               !tokens_[at].isMark(";") && !tokens_[at].isMark("{"))
            at++;
        if (at < tokens_.size() && tokens_[at].isWord("function"))
            return readFunction(at);
        const std::size_t end = behindStatement(start);
        if (at + 2 < end &&
            (tokens_[at].isWord("const") || tokens_[at].kind == PhpToken::Kind::Variable))
            readValue(tokens_.subspan(at, end - at - 1));
        return std::max(end, start + 1);
    }

    void readTraits(Tokens list) {
        for (const PhpToken &token : list) {
            if (token.isMark(",") || token.isMark(";"))
                continue;
            const std::string name = names_.resolve(token.text);
            if (name == "Illuminate\\Database\\Eloquent\\SoftDeletes")
                model_.hasSoftDeletes = true;
            else if (name == "Spatie\\Permission\\Traits\\HasRoles")
                model_.hasRoles = true;
            else if (contains(kTextKeyTraits, name))
                model_.hasTextKey = true;
            else if (!contains(kPlainTraits, name))
                rowFault("it uses " + name + ", which may add conditions to its queries");
        }
    }

    /// `const NAME = …`, `$name = …`.
    void readValue(Tokens declaration) {
        const bool isConstant = declaration[0].isWord("const");
        std::size_t at = isConstant ? 1 : 0;
        if (isConstant && declaration.size() > 3 && !declaration[2].isMark("=")) // with a type
            at++;
        const std::string name = declaration[at].text;
        if (declaration.size() < at + 3 || !declaration[at + 1].isMark("="))
            return;
        const auto value = parsePhpExpression(declaration.subspan(at + 2));
        if (isConstant && value)
            model_.constants.emplace(name, *value);
        else if (!isConstant)
            readProperty(name, value ? &*value : nullptr);
    }

    void readProperty(const std::string &name, const PhpExpression *value) {
        const bool isName =
            value != nullptr && value->kind == Kind::Text && isSqlIdentifier(value->name);
        if (name == "table" && isName)
            model_.table = value->name;
        else if (name == "primaryKey" && isName)
            model_.key = value->name;
        else if (name == "keyType")
            model_.hasTextKey = value == nullptr || value->name != "int";
        else if (name == "incrementing")
            model_.hasTextKey = model_.hasTextKey || value == nullptr || value->name != "true";
        else if (name == "casts")
            readCasts(value);
        else if (name == "table" || name == "primaryKey" || name == "connection")
            rowFault("$" + name + " is more than a name");
    }

    void readCasts(const PhpExpression *list) {
        const bool isList = list != nullptr && list->kind == Kind::List;
        if (!isList)
            model_.attributeFault = "its casts are not understood";
        for (const PhpExpression &pair : isList ? list->parts : std::vector<PhpExpression>()) {
            if (pair.kind != Kind::Pair || pair.parts[0].kind != Kind::Text)
                model_.attributeFault = "its casts are not understood";
            else
                model_.casts[pair.parts[0].name] =
                    pair.parts[1].kind == Kind::Text ? pair.parts[1].name : "a class";
        }
    }

    std::size_t readFunction(std::size_t at) {
        const std::size_t named =
            at + (at + 1 < tokens_.size() && tokens_[at + 1].isMark("&") ? 2 : 1);
        std::size_t open = named + 1;
        if (open >= tokens_.size())
            return tokens_.size();
        const std::string name = tokens_[named].text;
        open = behindBrackets(tokens_, open).value_or(tokens_.size());
        bool isAttribute = false;
        for (; open < tokens_.size() && !tokens_[open].isMark("{") && !tokens_[open].isMark(";");
             open++)
            isAttribute = isAttribute || lastPart(tokens_[open].text) == "Attribute";
        if (open >= tokens_.size() || tokens_[open].isMark(";"))
            return std::min(open + 1, tokens_.size());
        const std::size_t end = behindBrackets(tokens_, open).value_or(tokens_.size());
        readMethod(name, isAttribute,
                   tokens_.subspan(open + 1, std::max(end, open + 2) - open - 2));
        return end;
    }

    void readMethod(const std::string &name, bool isAttribute, Tokens body) {
        const std::string lower = asciiLower(name);
        constexpr std::string_view kGet = "get", kAttribute = "attribute";
        if (contains(kRowMethods, lower) || (lower.starts_with("scope") && lower.size() == 5))
            rowFault("it has a method " + name + "()");
        else if (contains(kAttributeMethods, lower))
            model_.attributeFault = "it has a method " + name + "()";
        else if (isAttribute)
            model_.accessors.insert(snakeCase(name));
        else if (lower.starts_with(kGet) && lower.ends_with(kAttribute) && lower.size() > 12)
            model_.accessors.insert(snakeCase(name.substr(3, name.size() - 12)));
        const auto statements = parsePhpBody(body);
        const bool isOne = statements && statements->size() == 1 &&
                           (*statements)[0].kind == PhpStatement::Kind::Return &&
                           (*statements)[0].hasValue;
        if (lower == "casts")
            readCasts(isOne ? &(*statements)[0].value : nullptr);
        else if (isOne)
            readRelation(name, (*statements)[0].value);
    }

    void readRelation(const std::string &name, const PhpExpression &value) {
        const PhpExpression *call = &value;
        while (call->kind == Kind::MethodCall &&
               (call->name == "withPivot" || call->name == "withTimestamps" || call->name == "as"))
            call = &call->parts[0];
        if (call->kind != Kind::MethodCall || !call->parts[0].is(Kind::Variable, "this"))
            return;
        const bool isToMany = call->name == "belongsToMany";
        if ((!isToMany && call->name != "hasMany") || call->parts.size() < 2 ||
            !call->parts[1].is(Kind::ClassConstant, "class"))
            return;
        std::vector<std::string> names;
        for (std::size_t i = 2; i < call->parts.size(); i++) {
            if (call->parts[i].kind != Kind::Text || !isSqlIdentifier(call->parts[i].name))
                return;
            names.push_back(call->parts[i].name);
        }
        addRelation(name, names_.resolve(call->parts[1].type), names, isToMany);
    }

    void addRelation(const std::string &name, const std::string &related,
                     const std::vector<std::string> &names, bool isToMany) {
        const std::string own = snakeCase(lastPart(model_.className)),
                          other = snakeCase(lastPart(related));
        const auto nameOr = [&](std::size_t at, const std::string &otherwise) {
            return names.size() > at ? names[at] : otherwise;
        };
        if (names.size() > (isToMany ? 3U : 1U))
            return;
        ModelRelation relation{isToMany, related, "", "", ""};
        if (isToMany) {
            relation.table = nameOr(0, std::min(own, other) + "_" + std::max(own, other));
            relation.foreignKey = nameOr(1, own + "_id");
            relation.relatedKey = nameOr(2, other + "_id");
        } else {
            relation.foreignKey = nameOr(0, own + "_id");
        }
        model_.relations[name] = std::move(relation);
    }

    Tokens tokens_;
    PhpNames names_;
    Model model_;
};

} // namespace

Result<Model> readModel(std::string_view php) {
    const auto tokens = phpTokens(php);
    if (!tokens)
        return tl::unexpected<Error>(tokens.error());
    return ModelReader(*tokens).read();
}

} // namespace pregon
