// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/store/database.h"

namespace pregon {

/// The table `pregon_outbox`: events that are stored with what caused them, in one transaction, and
/// deleted once the worker has acknowledged them. The only table that is ours in the application's
/// database. Its ids never come back; `data` is the event's data as JSON text. An entry whose
/// request bore an Idempotency-Key stays, with `published_at` set, for as long as the key counts.

/// NotFound if the table is missing or lacks a column, with what to do; Unavailable.
Result<Done> checkOutbox(Database &database);

/// Makes the table and its index where they are missing; needs the right to do so only then.
Result<Done> makeOutbox(Database &database);

} // namespace pregon
