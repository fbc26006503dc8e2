// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeClients, connectPusher, openDashboard, publisher } from './support/clients.mjs';
import { until, within } from './support/inbox.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { request } from './support/request.mjs';
import { postEvent } from './support/signing.mjs';
import { behindEachFront } from './support/stack.mjs';

const once = (channel, event) =>
  new Promise((resolve) => {
    channel.bind(event, resolve);
  });

behindEachFront('the worker', (stack) => {
  afterEach(() => {
    closeClients();
    PusherSocket.closeAll();
  });

  test('killed: the dashboard comes back by itself and the next payment arrives', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const socketId = dashboard.echo.socketId();

    const pid = stack.kill('worker');
    await stack.comesBack('worker', pid);
    await dashboard.subscriptions.next(() => true, 'subscribed again');
    const payment = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));

    await dashboard.payments.next(({ id }) => id === payment.id, 'the payment');
    assert.notEqual(dashboard.echo.socketId(), socketId);
  });

  test('an event and a question that come while it restarts wait for it', async () => {
    await stack.stop('worker');
    const event = postEvent(stack.env, { name: 'late', channel: 'news', data: {} });
    const users = publisher(stack.env).get({ path: '/channels' });
    const health = await request(stack.env, '/up'); // answered at once meanwhile
    await stack.start('worker');
    assert.equal(health.status, 503);
    assert.equal((await event).status, 200);
    assert.equal((await users).status, 200);
  });

  test('away: payments are taken, events get 503 with Retry-After, auth goes on', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    await stack.stop('worker');
    try {
      await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));

      const event = await postEvent(stack.env, { name: 'lost', channel: 'news', data: {} });
      assert.equal(event.status, 503);
      assert.match(event.headers.get('retry-after') ?? '', /^\d+$/);
      await assert.rejects(publisher(stack.env).trigger('news', 'lost', {}), { status: 503 });

      const auth = await request(stack.env, '/api/broadcasting/auth', {
        method: 'POST',
        headers: { Authorization: `Bearer ${TOKEN_A}` },
        body: new URLSearchParams({
          socket_id: '1.2',
          channel_name: `private-commerce.${COMMERCE_A}`,
        }),
      });
      assert.equal(auth.status, 200);
      assert.equal((await request(stack.env, '/up')).status, 503);
    } finally {
      await stack.start('worker');
    }
  });

  test('a payment taken while it was away is broadcast later, even if pregon-fcgi restarts', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    const channel = `private-commerce.${COMMERCE_A}`;
    await stack.stop('worker');
    const payment = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    // With pregon-fcgi away too there is somebody to hear before there is somebody to tell.
    await stack.stop('fcgi');
    await stack.start('worker');
    const socket = await PusherSocket.connect(stack.env);
    await socket.join(channel);

    await stack.start('fcgi');

    const { data } = await socket.next(
      'notification.created',
      (message) => message.data.id === payment.id,
    );
    assert.equal(data.body, payment.body);
    const marker = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));
    await socket.next('notification.created', (message) => message.data.id === marker.id);
    const ids = socket.inbox.all
      .filter(({ event }) => event === 'notification.created')
      .map(({ data: { id } }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
      'each once, in order',
    );
  });

  test('a payment taken while it was away is broadcast without another request', async () => {
    const { TOKEN_A, DEVICE_A } = stack.env;
    await stack.stop('worker');
    await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));

    await stack.start('worker');

    await until(
      async () => (await stack.workerStatus()).events_published > 0,
      'the new worker got the event',
    );
  });

  test('killed under fifty clients: all come back, nobody gets an event twice', async () => {
    const clients = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const channel = (await connectPusher(stack.env)).subscribe('crowd');
        const seen = [];
        channel.bind('numbered', ({ number }) => seen.push(number));
        await within(once(channel, 'pusher:subscription_succeeded'), 'subscribed');
        return { seen, channel };
      }),
    );
    const allGet = (event) =>
      within(
        Promise.all(clients.map(({ channel }) => once(channel, event))),
        `${event} at all clients`,
      );

    const sdk = publisher(stack.env);
    await sdk.trigger('crowd', 'numbered', { number: 1 });
    const subscribedAgain = allGet('pusher:subscription_succeeded');
    const ended = allGet('end');
    await stack.comesBack('worker', stack.kill('worker'));
    await subscribedAgain;
    await sdk.trigger('crowd', 'numbered', { number: 2 });
    await sdk.trigger('crowd', 'end', {});
    await ended;

    for (const { seen } of clients) {
      assert.equal(seen.includes(2), true);
      assert.deepEqual(seen, [...new Set(seen)]);
    }
  });
}, { settings: { PREGON_WORKER_TIMEOUT_MS: '5000' } });
