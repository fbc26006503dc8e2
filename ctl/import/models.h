// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/php_syntax.h"
#include "ctl/import/php_tokens.h"
#include "shared/result.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The names of classes as a file means them: `use` lines and its namespace.
class PhpNames {
  public:
    /// Reads `namespace …;` or `use …;` that begins at `tokens[0]`, which ends with its `;`. False:
    /// it is neither, or of a kind that is not understood.
    bool take(std::span<const PhpToken> statement);
    /// The class with its namespace, without a leading backslash.
    std::string resolve(std::string_view name) const;

  private:
    std::string namespace_;
    std::map<std::string, std::string, std::less<>> aliases_;
};

/// A relation method of a model that holds nothing but the relation.
struct ModelRelation {
    bool isToMany = false;                     ///< belongsToMany; otherwise hasMany
    std::string related;                       ///< class
    std::string table, foreignKey, relatedKey; ///< of the pivot; for hasMany foreignKey alone
};

/// What can be told of an Eloquent model from its file, without running it.
struct Model {
    std::string className;
    std::string table, key = "id";
    bool hasTextKey = false, hasSoftDeletes = false, hasRoles = false;
    std::map<std::string, std::string, std::less<>> casts; ///< column, type as the file says it
    std::set<std::string, std::less<>> accessors;          ///< attributes that code makes
    std::map<std::string, ModelRelation, std::less<>> relations;
    std::map<std::string, PhpExpression, std::less<>> constants;
    std::string attributeFault; ///< why an attribute may be another value than its column's
    std::string rowFault;       ///< why a query may find other rows than those of the table
};

/// BadRequest: the file holds no class that could be read.
Result<Model> readModel(std::string_view php);

/// The models below a folder, by their classes, read when they are asked for.
class Models {
  public:
    Models() = default;
    explicit Models(std::string folder) : folder_(std::move(folder)) {}

    bool isKnown() const { return !folder_.empty(); }
    /// Null, with the reason: no such file, or not readable.
    const Model *find(const std::string &className, std::string &reason);

  private:
    std::string folder_;
    std::map<std::string, Result<Model>> models_;
};

/// The table of a model that names none: `order_items` of `OrderItem`.
std::string conventionalTable(std::string_view name);
/// `OrderItem` as `order_item`, as Laravel's Str::snake.
std::string snakeCase(std::string_view name);

} // namespace pregon
