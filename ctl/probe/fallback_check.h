// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"

#include <string>

namespace pregon {

/// Asks what PREGON_AUTH_FALLBACK names, as pregon-fcgi would for a user whom it does not know, and
/// says what is wrong: no answer, a certificate of another name, Pregón itself, a redirect, an
/// error. Empty: nothing, or there is no fallback. Waits at most twice
/// PREGON_AUTH_FALLBACK_TIMEOUT_MS. Asks from this process: its rights to the network may be others
/// than those of the unit.
std::string fallbackFault(const AppConfig &config);

} // namespace pregon
