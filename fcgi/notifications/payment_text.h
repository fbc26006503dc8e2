// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pregon {

/// Whether a captured notice reports a payment that arrived. If not, it is still stored, as
/// `inconsistent`, for the user to check. Pure. These are not plausible:
///
/// - an amount below 0.01 or above 1,000,000;
/// - no amount, and no payment phrase (`te envió … S/`, `pago recibido`, …) in title and body;
/// - advertising (`descuento`, `sorteo`, …) and no payment phrase;
/// - two different advertising words, even with a payment phrase.
///
/// Upper and lower case and accents make no difference. `amountHundredths` is the amount × 100.
/// Admitted: a payer's own words count as well (`te envió S/ 5: oferta gratis`).
bool isPlausiblePayment(std::string_view title, std::string_view body,
                        std::optional<std::int64_t> amountHundredths);

} // namespace pregon
