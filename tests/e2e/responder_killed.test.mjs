// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeClients, connectPusher, openDashboard, subscribe } from './support/clients.mjs';
import { pay, paymentNotice } from './support/payments.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { behindEachFront } from './support/stack.mjs';

behindEachFront('pregon-fcgi', (stack) => {
  afterEach(() => {
    closeClients();
    PusherSocket.closeAll();
  });

  test('killed: open WebSockets stay, and auth and payments work again', async () => {
    const { COMMERCE_A, TOKEN_A, DEVICE_A } = stack.env;
    const channel = `private-commerce.${COMMERCE_A}`;
    const dashboard = await openDashboard(stack.env, TOKEN_A, COMMERCE_A);
    const socketId = dashboard.echo.socketId();

    await stack.comesBack('fcgi', stack.kill('fcgi'));
    const newcomer = await subscribe(await connectPusher(stack.env, TOKEN_A), channel);
    const payment = await pay(stack.env, TOKEN_A, paymentNotice(DEVICE_A));

    await dashboard.payments.next(({ id }) => id === payment.id, 'the payment');
    await newcomer.next(
      ({ event, data }) => event === 'notification.created' && data.id === payment.id,
    );
    assert.equal(dashboard.echo.socketId(), socketId, 'still the same socket');
  });

  test('away: those who are connected can still talk and newcomers still connect', async () => {
    const before = await PusherSocket.connect(stack.env);
    await stack.stop('fcgi');
    try {
      await before.settled();
      const newcomer = await PusherSocket.connect(stack.env);
      await newcomer.join(`private-commerce.${stack.env.COMMERCE_A}`);
    } finally {
      await stack.start('fcgi');
    }
  });
});
