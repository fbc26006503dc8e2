// SPDX-License-Identifier: MIT

// Channel names that collide under a hash that everybody knows (support/colliding.mjs).

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { collidingName } from './support/colliding.mjs';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { OPCODE, RawSocket } from './support/raw_socket.mjs';
import { askApi } from './support/signed_request.mjs';
import { postEvent } from './support/signing.mjs';
import { readKeyValues, withStack } from './support/stack.mjs';

const NAMES = 20_000;
const PER_CONNECTION = 1000;

withStack('channel names that collide', 'nginx', (stack) => {
  after(() => PusherSocket.closeAll());

  test('20 000 of them are joined and left while the others are served', async () => {
    const { PREGON_WS_LISTEN } = readKeyValues(path.join(stack.dir, 'pregon.env'));
    const address = { path: PREGON_WS_LISTEN.replace(/^unix:/, '') };
    const connect = () => RawSocket.open(address, `/app/${stack.env.APP_KEY}`);
    const other = await PusherSocket.connect(stack.env);
    await other.join('news');
    const served = async (name) => {
      assert.equal((await postEvent(stack.env, { name, channel: 'news', data: '{}' })).status, 200);
      await other.next(name);
    };

    const sockets = [];
    for (let first = 0; first < NAMES; first += PER_CONNECTION) {
      const socket = await connect();
      sockets.push(socket);
      socket.tcp.cork();
      for (let number = first; number < first + PER_CONNECTION; number++)
        socket.sendEvent('pusher:subscribe', { channel: collidingName(number) });
      socket.sendFrame(OPCODE.ping, 'all');
      socket.tcp.uncork();
    }
    await served('while they join');
    await Promise.all(sockets.map((socket) => socket.nextFrame(OPCODE.pong)));
    const listed = async () => {
      const { status, body } = await askApi(stack.env, 'GET', '/channels');
      assert.equal(status, 200);
      return Object.keys(body.channels).length;
    };
    assert.equal(await listed(), NAMES + 1);

    sockets.forEach((socket) => socket.destroy());
    await served('while they leave');
    await until(async () => (await listed()) === 1, 'all have left');
  });
});
