// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/unix_socket.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace pregon {

/// A file of one endpoint that is appended to (spec webhooks §5). Readable for its owner alone.
/// What is appended is there wholly or not at all, unless the machine stops in between: then its
/// beginning may be. The content is the spool's concern (webhookd/spool_record.h).
class SpoolFile {
  public:
    /// Opens or makes the file. Unavailable with path and reason.
    static Result<SpoolFile> open(std::string path);

    /// All of it. Unavailable if it cannot be read.
    Result<std::string> read() const;
    /// Forgets what follows `size`.
    Result<Done> cut(std::size_t size);
    /// Unavailable, and nothing was appended: the disk is full, for example.
    Result<Done> append(std::string_view bytes);
    /// What was appended survives a loss of power from here on.
    Result<Done> sync();
    /// Puts another content in the place of this one, in one step; it is on disk afterwards.
    Result<Done> replace(std::string_view content);
    /// From the directory, and with it what was never delivered.
    void remove();

    std::size_t size() const { return size_; }
    const std::string &path() const { return path_; }

  private:
    SpoolFile(std::string path, UniqueFd file) : path_(std::move(path)), file_(std::move(file)) {}
    tl::unexpected<Error> error(int number) const;

    std::string path_;
    UniqueFd file_;
    std::size_t size_ = 0;
    bool isSynced_ = true;
};

} // namespace pregon
