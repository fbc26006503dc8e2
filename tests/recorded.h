// SPDX-License-Identifier: MIT
#pragma once

#include "shared/fields.h"

#include <concepts>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

namespace pregon {

/// What a release wrote for another one, by name: a file of lines `NAME HEX`.
///
/// For a new version of a format, and for it alone, `RECORD=1 build/unit-tests -g GROUP` makes the
/// file. It never changes one that is there: what a release wrote stays what it is.
class Recording {
  public:
    explicit Recording(std::string path) : path_(std::move(path)) {
        std::ifstream file(path_);
        for (std::string name, hex; file >> name >> hex;)
            bytes_[name] = fromHex(hex);
    }

    const std::map<std::string, std::string> &all() const { return bytes_; }
    const std::string &find(const std::string &name) const {
        const auto found = bytes_.find(name);
        if (found == bytes_.end())
            FAIL((path_ + " has no " + name).c_str());
        return found->second;
    }
    /// Each of `now` is there with the same bytes, and nothing else.
    void checkEqual(const std::map<std::string, std::string> &now) {
        if (std::getenv("RECORD") != nullptr && !std::filesystem::exists(path_))
            make(now);
        for (const auto &[name, bytes] : now)
            STRCMP_EQUAL_TEXT(toHex(find(name)).c_str(), toHex(bytes).c_str(),
                              (name + " is not written as in " + path_).c_str());
        LONGS_EQUAL_TEXT(bytes_.size(), now.size(), path_.c_str());
    }

  private:
    void make(const std::map<std::string, std::string> &now) {
        std::ofstream file(path_);
        for (const auto &[name, bytes] : now)
            file << name << ' ' << toHex(bytes) << '\n';
        bytes_ = now;
    }
    static std::string toHex(const std::string &bytes) {
        std::string hex;
        for (const char byte : bytes)
            for (const int shift : {4, 0})
                hex += "0123456789abcdef"[(byte >> shift) & 0xf];
        return hex;
    }
    static std::string fromHex(const std::string &hex) {
        std::string bytes;
        for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
            bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
        return bytes;
    }

    std::string path_;
    std::map<std::string, std::string> bytes_;
};

/// The values of all fields of what is described, at every depth, in their order. One that has no
/// value, or the one that means nothing, is an empty text.
class FieldValues {
  public:
    template <class State>
    static std::vector<std::string> of(const State &state) {
        FieldValues fields;
        fields(state);
        return std::move(fields.values_);
    }

    template <std::integral Number>
    void operator()(Number value) {
        if constexpr (std::same_as<Number, bool>)
            values_.emplace_back(value ? "true" : "");
        else
            values_.push_back(value != 0 ? std::to_string(value) : "");
    }
    void operator()(const std::string &text) { values_.push_back(text); }
    template <class Item>
    void operator()(const std::vector<Item> &items) {
        if (items.empty())
            values_.emplace_back();
        for (const Item &item : items)
            (*this)(item);
    }
    template <class Struct>
    requires requires(FieldValues &fields, const Struct &self) { Struct::describe(fields, self); }
    void operator()(const Struct &self) { Struct::describe(*this, self); }
    template <class Field>
    void since(std::uint32_t, const Field &field) {
        (*this)(field);
    }
    template <class Field>
    void appended(const Field &field) {
        (*this)(field);
    }

  private:
    std::vector<std::string> values_;
};

/// Field by field.
inline void checkSameValues(const std::vector<std::string> &expected,
                            const std::vector<std::string> &actual, const std::string &what) {
    for (std::size_t i = 0; i < expected.size() && i < actual.size(); i++)
        STRCMP_EQUAL_TEXT(expected[i].c_str(), actual[i].c_str(),
                          (what + ", field " + std::to_string(i + 1)).c_str());
    LONGS_EQUAL_TEXT(expected.size(), actual.size(), what.c_str());
}

/// Over all of `samples`, each with the values of one struct, every field has a value, and no two
/// have the same: so no field can be missing, and no two exchanged, without a difference.
inline void checkThatAllFieldsDiffer(const std::vector<std::vector<std::string>> &samples,
                                     const std::string &what) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < samples.front().size(); i++) {
        std::string values, where = what + ", field " + std::to_string(i + 1);
        bool hasValue = false;
        for (const auto &sample : samples) {
            hasValue = hasValue || !sample.at(i).empty();
            values += sample.at(i) + "|";
        }
        CHECK_TRUE_TEXT(hasValue, (where + " has no value").c_str());
        CHECK_TRUE_TEXT(seen.insert(values).second, (where + " has another's value").c_str());
    }
}

} // namespace pregon
