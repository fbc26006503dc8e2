// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pay, paymentNotice, postNotification } from './support/payments.mjs';
import { logged } from './support/reload.mjs';
import { request } from './support/request.mjs';
import { behindEachFront } from './support/stack.mjs';
import { sql } from './support/store.mjs';

const UNKNOWN_DEVICE = '99999999-9999-4999-8999-999999999999';

behindEachFront('POST /api/notifications', (stack) => {
  const notice = (more) => paymentNotice(stack.env.DEVICE_A, more);
  const postAsA = (body, headers) => postNotification(stack.env, stack.env.TOKEN_A, body, headers);

  test('201 shows what was stored', async () => {
    const posted = notice({
      package_name: 'com.bcp.innovacxion.yapeapp',
      android_user_id: 0,
      android_uid: 10123,
      raw_json: { k: 'v' },
    });
    const { status, body } = await postAsA(posted);

    assert.equal(status, 201);
    assert.equal(body.message, 'Notification created successfully');
    assert.equal(body.notification.amount, `${posted.amount}.00`);
    assert.equal(body.notification.body, posted.body);
    assert.equal(body.notification.is_duplicate, false);
    assert.deepEqual(body.notification.raw_json, { k: 'v' });
    assert.equal(body.notification.device.uuid, stack.env.DEVICE_A);
    assert.equal(body.notification.app_instance.package_name, posted.package_name);
  });

  test('the same notice again is stored and marked as a duplicate', async () => {
    const posted = notice({ received_at: '2026-01-05T14:00:01Z' });
    const first = await postAsA(posted);
    const second = await postAsA(posted);

    assert.equal(second.status, 201);
    assert.equal(second.body.message, 'Notification received (duplicate detected)');
    assert.equal(second.body.notification.is_duplicate, true);
    assert.notEqual(second.body.notification.id, first.body.notification.id);
  });

  test('a body in chunks, without a length, is read whole', async () => {
    const text = JSON.stringify(notice({ raw_json: { filler: 'ñ'.repeat(40000) } }));
    const chunks = text.match(/[^]{1,7000}/g).map((chunk) => new TextEncoder().encode(chunk));
    const answer = await request(stack.env, '/api/notifications', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stack.env.TOKEN_A}` },
      body: ReadableStream.from ? ReadableStream.from(chunks) : new Blob(chunks).stream(),
      duplex: 'half',
    });

    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.body.notification.raw_json.filler.length, 40000);
  });

  test('a form body works as well', async () => {
    const form = new URLSearchParams({
      device_id: stack.env.DEVICE_A,
      source_app: 'plin',
      body: 'Plin: forma',
      amount: '3',
    });
    const { status, body } = await postAsA(form.toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    assert.equal(status, 201);
    assert.equal(body.notification.amount, '3.00');
  });

  const INVALID = [
    [
      'nothing at all',
      () => ({}),
      {
        device_id: 'The device id field is required.',
        source_app: 'The source app field is required.',
        body: 'The body field is required.',
      },
    ],
    [
      'broken JSON',
      () => '{bad json',
      {
        device_id: 'The device id field is required.',
        source_app: 'The source app field is required.',
        body: 'The body field is required.',
      },
    ],
    [
      'a device id that is no UUID',
      () => notice({ device_id: 'x' }),
      { device_id: 'The device id field must be a valid UUID.' },
    ],
    [
      'an unknown application',
      () => notice({ source_app: 'foo' }),
      { source_app: 'The selected source app is invalid.' },
    ],
    ['a blank body', () => notice({ body: '   ' }), { body: 'The body field is required.' }],
    [
      'a negative amount',
      () => notice({ amount: -1 }),
      { amount: 'The amount field must be at least 0.' },
    ],
    [
      'an amount in words',
      () => notice({ amount: 'abc' }),
      { amount: 'The amount field must be a number.' },
    ],
    [
      'an amount that its column cannot hold',
      () => notice({ amount: 1e8 }),
      { amount: 'The amount field must not be greater than 99999999.99.' },
    ],
    [
      'a currency of two letters',
      () => notice({ currency: 'PE' }),
      { currency: 'The currency field must be 3 characters.' },
    ],
    [
      'a title of 256 characters',
      () => notice({ title: 'ñ'.repeat(256) }),
      { title: 'The title field must not be greater than 255 characters.' },
    ],
    [
      'a date that is none',
      () => notice({ posted_at: 'not a date' }),
      { posted_at: 'The posted at field must be a valid date.' },
    ],
    [
      'raw_json as text',
      () => notice({ raw_json: 'str' }),
      { raw_json: 'The raw json field must be an array.' },
    ],
    [
      'an unknown status',
      () => notice({ status: 'done' }),
      { status: 'The selected status is invalid.' },
    ],
  ];
  for (const [kind, body, errors] of INVALID) {
    test(`422 in Laravel's form: ${kind}`, async () => {
      const answer = await postAsA(body());

      assert.equal(answer.status, 422);
      const expected = Object.fromEntries(
        Object.entries(errors).map(([field, text]) => [field, [text]]),
      );
      assert.deepEqual(answer.body.errors, expected);
      const [first, ...others] = Object.values(errors);
      const more =
        others.length > 0
          ? ` (and ${others.length} more error${others.length > 1 ? 's' : ''})`
          : '';
      assert.equal(answer.body.message, first + more);
    });
  }

  test('404: an unknown device', async () => {
    const { status, body } = await postAsA(notice({ device_id: UNKNOWN_DEVICE }));
    assert.equal(status, 404);
    assert.deepEqual(body, { message: 'Device not found' });
  });

  test("404: another shop's device, and a colleague's", async () => {
    for (const device of [stack.env.DEVICE_B, stack.env.DEVICE_A2]) {
      const { status, body } = await postAsA(notice({ device_id: device }));
      assert.equal(status, 404);
      assert.deepEqual(body, { message: 'Device not found' });
    }
  });

  test('403: a device that was switched off', async () => {
    const { TOKEN_A2, DEVICE_A2 } = stack.env;
    await pay(stack.env, TOKEN_A2, paymentNotice(DEVICE_A2));
    sql(stack, `UPDATE devices SET is_active = 0 WHERE uuid = '${DEVICE_A2}'`);

    const { status, body } = await postNotification(stack.env, TOKEN_A2, paymentNotice(DEVICE_A2));

    assert.equal(status, 403);
    assert.deepEqual(body, { message: 'Device is not active' });
  });

  test('403: a user who belongs to no shop', async () => {
    const { TOKEN_B2, DEVICE_B2 } = stack.env;
    await pay(stack.env, TOKEN_B2, paymentNotice(DEVICE_B2));
    sql(
      stack,
      `UPDATE users SET commerce_id = NULL
        WHERE id = (SELECT user_id FROM devices WHERE uuid = '${DEVICE_B2}');
      UPDATE devices SET commerce_id = NULL WHERE uuid = '${DEVICE_B2}'`,
    );

    const { status, body } = await postNotification(stack.env, TOKEN_B2, paymentNotice(DEVICE_B2));

    assert.equal(status, 403);
    assert.equal(body.error, 'commerce_required');
  });

  test("the list of a shop has its own payments, newest first, and none of another's", async () => {
    const { TOKEN_A, TOKEN_B, DEVICE_B } = stack.env;
    const foreign = await pay(stack.env, TOKEN_B, paymentNotice(DEVICE_B));
    const own = await pay(stack.env, TOKEN_A, notice());

    const { status, body } = await request(stack.env, '/api/notifications?per_page=100', {
      headers: { Accept: 'application/json', Authorization: `Bearer ${TOKEN_A}` },
    });

    assert.equal(status, 200);
    assert.equal(body.data[0].id, own.id);
    assert.equal(
      body.data.some(({ id }) => id === foreign.id),
      false,
    );
  });

  test('a body larger than the limit: 413', async () => {
    const { status } = await postAsA(notice({ raw_json: { filler: 'x'.repeat(1.5 * 2 ** 20) } }));
    assert.equal(status, 413);
  });

  test('a phone that is refused leaves one line a minute in the log, with the reason', async () => {
    const { TOKEN_A, DEVICE_A } = stack.env;
    const invalid = paymentNotice(DEVICE_A, { amount: 'much' });
    for (let i = 0; i < 3; i += 1)
      assert.equal((await postNotification(stack.env, TOKEN_A, invalid)).status, 422);
    const refused = await logged(stack, 'fcgi', new RegExp(`notification refused .*device=${DEVICE_A} status=422`));
    assert.ok(refused.length <= 2, refused.join('\n')); // a minute may end between
    assert.match(refused[0], /reason="The /);
  });
});
