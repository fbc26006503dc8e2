// SPDX-License-Identifier: MIT
/**
 * One payment notice as the page uses it. Live events and GET /api/notifications differ a little
 * (date format, place of the device's alias); both become the same object here.
 */
export function toPayment(raw) {
  return {
    id: Number(raw.id),
    app: String(raw.source_app ?? '').toLowerCase(),
    body: raw.body ?? '',
    amount: toAmountText(raw.amount),
    currency: raw.currency || 'PEN',
    payer: raw.payer_name || null,
    device: raw.device_alias || raw.device?.alias || null,
    time: firstTime(raw.received_at, raw.created_at, raw.posted_at),
    isDuplicate: Boolean(raw.is_duplicate),
    isInconsistent: raw.status === 'inconsistent',
  };
}

/** True if the payment belongs in the day's total. */
export function countsAsPayment(payment) {
  return !payment.isDuplicate && !payment.isInconsistent;
}

/** 'duplicate', 'inconsistent' or 'payment': how a notice is shown. A duplicate stays a duplicate. */
export function kindOf(payment) {
  if (payment.isDuplicate) return 'duplicate';
  return payment.isInconsistent ? 'inconsistent' : 'payment';
}

/** "25.50" from "25.5", 25.5 or "25.50"; null when there is no amount. */
function toAmountText(amount) {
  if (amount === null || amount === undefined || amount === '') return null;
  const number = Number(amount);
  return Number.isFinite(number) ? number.toFixed(2) : null;
}

/** Milliseconds since 1970 of the first date that can be read; null if none can. */
function firstTime(...dates) {
  for (const date of dates) {
    if (!date) continue;
    const millis = Date.parse(String(date).replace(/(\.\d{3})\d+/, '$1'));
    if (!Number.isNaN(millis)) return millis;
  }
  return null;
}
