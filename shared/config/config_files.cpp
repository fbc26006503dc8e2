// SPDX-License-Identifier: MIT
#include "shared/config/config_files.h"

#include "shared/small_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace pregon {
namespace {

constexpr std::string_view kSuffix = ".env";

bool isDropIn(const std::filesystem::path &path) {
    const std::string name = path.filename().string();
    return name.ends_with(kSuffix) && !name.starts_with('.');
}

Result<std::vector<std::string>> dropInsOf(const std::string &folder) {
    std::vector<std::string> paths;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
        if (isDropIn(entry->path()))
            paths.push_back(entry->path().string());
    if (error && error != std::errc::no_such_file_or_directory)
        return failure(Errc::Unavailable, folder + ": " + error.message());
    std::sort(paths.begin(), paths.end());
    return paths;
}

bool isForbidden(const std::string &path) {
    return ::access(path.c_str(), R_OK) != 0 && errno == EACCES;
}

/// The service manager's copy of a file that only root may read; empty if there is none.
std::string credentialFor(const std::string &path) {
    const char *folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr)
        return {};
    const auto copy = std::filesystem::path(folder) / std::filesystem::path(path).filename();
    return ::access(copy.c_str(), F_OK) == 0 ? copy.string() : std::string();
}

Result<ConfigFile> readOne(const std::string &path, const std::string &readable) {
    ConfigFile file{path, {}, {}};
    auto text = readSmallFile(readable);
    if (!text)
        return tl::unexpected<Error>(text.error());
    file.text = std::move(*text);
    auto values = parseEnvironmentFile(file.text, path);
    if (!values)
        return tl::unexpected<Error>(values.error());
    file.values = std::move(*values);
    return file;
}

Result<ConfigFile> readDropIn(const std::string &path) {
    if (isForbidden(path))
        if (const std::string copy = credentialFor(path); !copy.empty())
            return readOne(path, copy);
    return readOne(path, path);
}

} // namespace

std::string dropInFolder(const std::string &file) {
    if (!file.ends_with(kSuffix))
        return {};
    return file.substr(0, file.size() - kSuffix.size()) + ".d";
}

Result<std::vector<ConfigFile>> readConfigFiles(const std::string &file) {
    std::vector<ConfigFile> files;
    if (file.empty())
        return files;
    auto first = readOne(file, file);
    if (!first)
        return tl::unexpected<Error>(first.error());
    files.push_back(std::move(*first));
    const std::string folder = dropInFolder(file);
    if (folder.empty())
        return files;
    const auto paths = dropInsOf(folder);
    if (!paths)
        return tl::unexpected<Error>(paths.error());
    for (const std::string &path : *paths) {
        auto dropIn = readDropIn(path);
        if (!dropIn)
            return tl::unexpected<Error>(dropIn.error());
        files.push_back(std::move(*dropIn));
    }
    return files;
}

Environment mergedValues(const std::vector<ConfigFile> &files) {
    Environment merged;
    for (const ConfigFile &file : files)
        for (const auto &[key, value] : file.values)
            if (!value.empty())
                merged[key] = value;
    return merged;
}

std::string placeOf(const std::vector<ConfigFile> &files, std::string_view key) {
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
        const auto found = file->values.find(std::string(key));
        if (found != file->values.end() && !found->second.empty())
            return file->path + ":" + lineOfKey(file->text, key);
    }
    return {};
}

bool isWorldReadable(const std::string &path) {
    struct stat file {};
    return ::stat(path.c_str(), &file) == 0 && (file.st_mode & S_IROTH) != 0;
}

} // namespace pregon
