// SPDX-License-Identifier: MIT
#include "fcgi/notifications/payment_text.h"

#include "shared/ascii.h"

#include <algorithm>
#include <string>

namespace pregon {
namespace {

constexpr std::int64_t kLeastHundredths = 1;
constexpr std::int64_t kMostHundredths = 1'000'000'00;

/// `then` anywhere behind `first`. Folded: lower case, no accents.
struct PaymentPhrase {
    std::string_view first;
    std::string_view then;
};

constexpr PaymentPhrase kPaymentPhrases[] = {
    {"te envio", "s/"},        {"te enviaron", "s/"},      {"te yapeo", ""},
    {"te plineo", ""},         {"te transfirio", ""},      {"te deposito", ""},
    {"te pago", "s/"},         {"te abono", ""},           {"recibiste", "s/"},
    {"has recibido", "s/"},    {"recibiste un pago", ""},  {"recibiste una transferencia", ""},
    {"te envio", "us$"},       {"recibiste", "us$"},       {"has recibido", "us$"},
    {"pago recibido", ""},     {"abono recibido", ""},     {"transferencia recibida", ""},
    {"deposito recibido", ""}, {"recibiste un abono", ""}, {"recibiste un deposito", ""},
};

/// Beginnings of words: `promo` stands for `promocion` and `promociones` too.
constexpr std::string_view kAdvertisingWords[] = {
    "descuento", "oferta", "promo", "sorteo", "aprovecha", "gratis", "cupon", "premio", "cashback",
};

struct Fold {
    std::string_view accented;
    char plain;
};

constexpr Fold kFolds[] = {
    {"á", 'a'}, {"é", 'e'}, {"í", 'i'}, {"ó", 'o'}, {"ú", 'u'}, {"ü", 'u'}, {"ñ", 'n'},
    {"Á", 'a'}, {"É", 'e'}, {"Í", 'i'}, {"Ó", 'o'}, {"Ú", 'u'}, {"Ü", 'u'}, {"Ñ", 'n'},
};

std::string folded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        const auto *found =
            std::find_if(std::begin(kFolds), std::end(kFolds),
                         [&](const Fold &fold) { return text.starts_with(fold.accented); });
        const bool isAccented = found != std::end(kFolds);
        plain += isAccented ? found->plain : asciiLower(text.front());
        text.remove_prefix(isAccented ? found->accented.size() : 1);
    }
    return plain;
}

bool hasPaymentPhrase(std::string_view text) {
    return std::any_of(std::begin(kPaymentPhrases), std::end(kPaymentPhrases),
                       [&](const PaymentPhrase &phrase) {
                           const std::size_t at = text.find(phrase.first);
                           return at != std::string_view::npos &&
                                  text.find(phrase.then, at) != std::string_view::npos;
                       });
}

bool isLetter(char c) {
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

bool hasWordBeginning(std::string_view text, std::string_view beginning) {
    for (std::size_t at = text.find(beginning); at != std::string_view::npos;
         at = text.find(beginning, at + 1))
        if (at == 0 || !isLetter(text[at - 1]))
            return true;
    return false;
}

} // namespace

bool isPlausiblePayment(std::string_view title, std::string_view body,
                        std::optional<std::int64_t> amountHundredths) {
    if (amountHundredths &&
        (*amountHundredths < kLeastHundredths || *amountHundredths > kMostHundredths))
        return false;
    const std::string text = folded(title) + "\n" + folded(body);
    const bool tellsOfPayment = hasPaymentPhrase(text);
    if (!amountHundredths && !tellsOfPayment)
        return false;
    const auto advertising =
        std::count_if(std::begin(kAdvertisingWords), std::end(kAdvertisingWords),
                      [&](std::string_view word) { return hasWordBeginning(text, word); });
    return advertising == 0 || (advertising == 1 && tellsOfPayment);
}

} // namespace pregon
