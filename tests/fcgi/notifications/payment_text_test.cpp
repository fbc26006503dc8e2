// SPDX-License-Identifier: MIT
#include "fcgi/notifications/payment_text.h"

#include <optional>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

constexpr auto kNoAmount = std::nullopt;

struct Notice {
    std::string_view title;
    std::string_view body;
    std::optional<std::int64_t> amountHundredths;
};

void check(bool expected, const Notice &notice) {
    CHECK_EQUAL_TEXT(expected,
                     isPlausiblePayment(notice.title, notice.body, notice.amountHundredths),
                     std::string(notice.body).c_str());
}

} // namespace

TEST_GROUP(PaymentText){};

TEST(PaymentText, AcceptsWhatTellsOfAPayment) {
    const Notice notices[] = {
        {"Confirmación de Pago", "Yape! Juan Pérez te envió un pago por S/ 25.50. Cód. 123", 2550},
        {"Confirmación de Pago", "Yape! Juan Pérez te envió un pago por S/ 25.50", kNoAmount},
        {"", "Juan te plineó 10 soles", kNoAmount},
        {"PAGO RECIBIDO", "ver detalle", kNoAmount},
        {"", "DEPÓSITO RECIBIDO en tu cuenta", kNoAmount},
        {"", "deposito recibido en tu cuenta", kNoAmount},
        {"", "Recibiste una yapeada de S/5", kNoAmount},
        {"", "b", 100},
        {"", "minimal sqlite", 100},
        {"", "Ana te envió S/ 5. Mensaje: gratis", 500},
        {"", "b", 1},
        {"", "b", 100000000},
    };
    for (const Notice &notice : notices)
        check(true, notice);
}

TEST(PaymentText, RefusesAmountsThatNobodyPays) {
    check(false, {"", "te envió S/ 0", 0});
    check(false, {"", "te envió S/ 1,000,000.01", 100000001});
    check(false, {"", "b", 9999999999});
}

TEST(PaymentText, RefusesANoticeWithNeitherAmountNorPaymentPhrase) {
    check(false, {"Yape", "Tu clave fue cambiada", kNoAmount});
    check(false, {"", "te envió un saludo", kNoAmount});
    check(false, {"", "S/ te envió", kNoAmount});
}

TEST(PaymentText, RefusesAdvertising) {
    check(false, {"", "Aprovecha hoy 50% de descuento", kNoAmount});
    check(false, {"", "Aprovecha hoy 50% de descuento", 5000});
    check(false, {"", "Nueva PROMOCIÓN desde S/ 10", 1000});
    check(false, {"Gran sorteo", "Si tu caserito te envió S/ 5, hay oferta", 500});
}

TEST(PaymentText, LooksForAdvertisingAtTheBeginningOfWords) {
    check(true, {"", "compromo", 100});
    check(true, {"", "ópromo", 100});
    check(false, {"", "compromo: promo", 100});
}
