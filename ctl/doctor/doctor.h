// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/doctor_visit.h"

#include <vector>

namespace pregon {

/// Walks the whole path of an event, as a browser, a phone and a Laravel would, and looks at this
/// machine; every wait is bounded. It changes nothing but that one event is posted to a channel of
/// its own. Without a URL it takes the one of the Laravel `.env`, else http://127.0.0.1:8080 if
/// something listens there, else it looks at this machine alone.
/// One finding per check, in their order. BadRequest, Unavailable: a URL that is none, an `.env`
/// that cannot be read.
Result<std::vector<Finding>> examine(DoctorOptions options);

} // namespace pregon
