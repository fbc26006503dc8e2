// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace pregon {

/// Follows the records of a FastCGI request as its bytes come, to know when all of it is there.
/// Pure. It judges nothing: what it does not understand is whole, for the library to refuse.
class RecordWalk {
  public:
    /// `bytes`: all that have come so far, those of earlier calls in front.
    bool isWhole(std::string_view bytes);

  private:
    std::size_t next_ = 0; ///< where the next record begins, perhaps beyond what has come
};

} // namespace pregon
