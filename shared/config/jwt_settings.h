// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/jwt.h"
#include "shared/config/app_config.h"
#include "shared/result.h"

#include <optional>

namespace pregon {

/// The keys of PREGON_JWT_ALGORITHM and what belongs to it; nullopt: tokens of that kind are not
/// known here. BadRequest or Unavailable, with the setting's name and no secret: a key is missing
/// or not good, a file cannot be read.
Result<std::optional<JwtKeys>> jwtKeys(const AppConfig &config);

} // namespace pregon
