#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pregon {

/// Does a captured notice tell of a payment that arrived? If not, it is stored all the same, as
/// `inconsistent`, for somebody to look at. Pure. Not plausible are, by rules of our own wording:
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
