// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';
import { closeClients, openDashboard } from './support/clients.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { request } from './support/request.mjs';
import { behindEachFront } from './support/stack.mjs';

behindEachFront('reading notifications', (stack) => {
  let early, validated, copied, copy;
  afterEach(closeClients);

  const ask = (path, token, options = {}) =>
    request(stack.env, path, {
      ...options,
      headers: { Accept: 'application/json', Authorization: `Bearer ${token}`, ...options.headers },
    });
  const list = (query) => ask(`/api/notifications?${query}`, stack.env.TOKEN_A);
  const setStatus = (id, body, type = 'application/json', token = stack.env.TOKEN_A) =>
    ask(`/api/notifications/${id}/status`, token, {
      method: 'PATCH',
      headers: { 'Content-Type': type },
      body,
    });
  const noSuch = (id) => ({
    message: `No query results for model [App\\Models\\Notification] ${id}`,
  });

  before(async () => {
    const payAsA = (more) =>
      pay(stack.env, stack.env.TOKEN_A, paymentNotice(stack.env.DEVICE_A, more));
    early = await payAsA({ received_at: '2020-01-05T23:59:59' });
    validated = await payAsA({
      source_app: 'plin',
      status: 'validated',
      received_at: '2020-01-06T12:00:00-05:00',
      package_name: 'com.plin',
      android_user_id: 0,
    });
    const notice = { body: 'Yape! S/ 5.00', received_at: '2020-01-07', posted_at: '2020-01-07' };
    copied = await payAsA(notice);
    copy = await payAsA(notice);
  });

  const FILTERS = [
    ['nothing', () => '', () => [copy, copied, validated, early]],
    ['the application', () => 'source_app=plin', () => [validated]],
    ['the status', () => 'status=pending', () => [copy, copied, early]],
    ['the package', () => 'package_name=com.plin', () => [validated]],
    ['the instance', () => `app_instance_id=${validated.app_instance_id}`, () => [validated]],
    ['the device', () => `device_id=${early.device_id}`, () => [copy, copied, validated, early]],
    ['another device', () => `device_id=${early.device_id + 1}`, () => []],
    ['no duplicates', () => 'exclude_duplicates=1', () => [copied, validated, early]],
    ['duplicates too', () => 'exclude_duplicates=0', () => [copy, copied, validated, early]],
    ['from midnight', () => 'start_date=2020-01-06', () => [copy, copied, validated]],
    ['up to midnight', () => 'end_date=2020-01-06', () => [early]],
    [
      'times with their offset', // the payment was at 17:00 UTC
      () => 'start_date=2020-01-06T20:00:00%2B03:00&end_date=2020-01-06T12:00:00-05:00',
      () => [validated],
    ],
    [
      'several at once',
      () => 'source_app=yape&exclude_duplicates=1&start_date=2020-01-06&status=pending',
      () => [copied],
    ],
  ];
  for (const [what, query, expected] of FILTERS)
    test(`a list is filtered by ${what}, by pages and after an id`, async () => {
      const ids = expected().map(({ id }) => id);
      const page = await list(query());
      assert.equal(page.status, 200);
      assert.deepEqual(
        page.body.data.map(({ id }) => id),
        ids,
      );
      assert.equal(page.body.total, ids.length);
      const missed = await list(`after_id=0&${query()}`);
      assert.deepEqual(
        missed.body.data.map(({ id }) => id),
        [...ids].reverse(),
      );
    });

  test('the pages of a filtered list count what it lets through, and link without the filter', async () => {
    const { body } = await list('exclude_duplicates=1&per_page=1&page=2');
    assert.deepEqual([body.data[0].id, body.total, body.last_page], [validated.id, 3, 3]);
    assert.match(body.next_page_url, /\/api\/notifications\?page=3$/); // as Laravel's paginate()
  });

  const INVALID = {
    'device_id=x': { device_id: 'The device id field must be an integer.' },
    'source_app=foo': { source_app: 'The selected source app is invalid.' },
    'status=done': { status: 'The selected status is invalid.' },
    'start_date=yesterday': { start_date: 'The start date field must be a valid date.' },
    'start_date=2020-01-02&end_date=2020-01-01': {
      end_date: 'The end date field must be a date after or equal to start date.',
    },
    'exclude_duplicates=true': {
      exclude_duplicates: 'The exclude duplicates field must be true or false.',
    },
  };
  for (const [query, errors] of Object.entries(INVALID))
    test(`422 in Laravel's form: ${query}`, async () => {
      const { status, body } = await list(query);
      assert.equal(status, 422);
      const [[field, message]] = Object.entries(errors);
      assert.deepEqual(body, { message, errors: { [field]: [message] } });
    });

  test('one is shown to its user with device and instance, and to nobody else', async () => {
    const { TOKEN_A, TOKEN_A2, TOKEN_B } = stack.env;
    const path = `/api/notifications/${validated.id}`;
    const { status, body } = await ask(path, TOKEN_A);
    assert.equal(status, 200);
    const { data } = (await list('source_app=plin')).body;
    assert.equal(JSON.stringify(body), JSON.stringify({ notification: data[0] }));
    assert.equal(body.notification.device.uuid, stack.env.DEVICE_A);
    assert.equal(body.notification.app_instance.package_name, 'com.plin');
    for (const token of [TOKEN_A2, TOKEN_B]) {
      const refused = await ask(path, token);
      assert.equal(refused.status, 404);
      assert.deepEqual(refused.body, noSuch(validated.id));
    }
    assert.equal((await ask(path, '1|bad')).status, 401);
  });

  for (const id of ['999999', '99999999999999999999']) // what is no number is the application's
    test(`404 in Laravel's words: ${id}`, async () => {
      for (const answer of [
        await ask(`/api/notifications/${id}`, stack.env.TOKEN_A),
        await setStatus(id, '{"status":"validated"}'),
      ]) {
        assert.equal(answer.status, 404);
        assert.deepEqual(answer.body, noSuch(id));
      }
    });

  test('a status is set, by JSON and by a form, and the dashboards are not told', async () => {
    const { TOKEN_A, DEVICE_A, COMMERCE_A } = stack.env;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const { id, ...before } = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));

    const { status, body } = await setStatus(id, '{"status":"validated"}');

    assert.equal(status, 200);
    assert.equal(body.message, 'Notification status updated');
    const { device, app_instance, ...own } = (await ask(`/api/notifications/${id}`, TOKEN_A)).body
      .notification;
    assert.equal(JSON.stringify(body.notification), JSON.stringify(own));
    assert.equal(own.status, 'validated');
    assert.equal(own.created_at, before.created_at);
    const form = await setStatus(id, 'status=inconsistent', 'application/x-www-form-urlencoded');
    assert.equal(form.body.notification.status, 'inconsistent');
    const last = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    await dashboard.payments.next((payment) => payment.id === last.id, 'the next payment');
    assert.deepEqual(
      dashboard.payments.all.map((payment) => payment.id),
      [id, last.id],
    );
  });

  test('a status that is none: 422; of a notice of somebody else: 404', async () => {
    for (const [body, message] of [
      ['{}', 'The status field is required.'],
      ['{"status":"done"}', 'The selected status is invalid.'],
    ]) {
      const answer = await setStatus(early.id, body);
      assert.equal(answer.status, 422);
      assert.deepEqual(answer.body, { message, errors: { status: [message] } });
    }
    const { TOKEN_B } = stack.env;
    const foreign = await setStatus(early.id, '{"status":"validated"}', undefined, TOKEN_B);
    assert.equal(foreign.status, 404);
    const { body } = await ask(`/api/notifications/${early.id}`, stack.env.TOKEN_A);
    assert.equal(body.notification.status, 'pending');
  });
});
