// SPDX-License-Identifier: MIT

// How connections end, seen by clients that leave the end to us: RFC 6455 §4.2, §5.5.1, §7.1.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { until, within } from './support/inbox.mjs';
import { OPCODE, RawSocket } from './support/raw_socket.mjs';
import { withStack } from './support/stack.mjs';

const NEVER = { PREGON_HANDSHAKE_TIMEOUT: '3600' }; // no other deadline comes to the rescue
const MEBIBYTE = 1 << 20;

withStack(
  'closing',
  'none',
  (stack) => {
    const opened = [];
    afterEach(() => opened.splice(0).forEach((socket) => socket.destroy()));

    const address = () => {
      const { hostname, port } = new URL(stack.env.WS_URL);
      return { host: hostname, port: Number(port) };
    };
    const keep = (socket) => {
      opened.push(socket);
      return socket;
    };
    /** With `allowHalfOpen` it does not close its side when the server has closed its own. */
    const open = async (options = {}) =>
      keep(await RawSocket.open({ ...address(), ...options }, `/app/${stack.env.APP_KEY}`));
    /** The worker has closed the connection, not only its own side of it. */
    const isGone = (socket, code) =>
      until(
        () => stack.log('worker').includes(`ws closed socket=${socket.id} code=${code} `),
        `${socket.id} closed with ${code}`,
      );

    test('after a framing error the connection ends, whatever the client does', async () => {
      const socket = await open({ allowHalfOpen: true });
      const end = once(socket.tcp, 'end');
      socket.tcp.write(Buffer.from([0x83, 0x80, 1, 2, 3, 4]));
      assert.equal((await socket.nextClose()).code, 1002);
      await within(end, 'the end of what the server sends');
      await isGone(socket, 1002);
    });

    test('after a framing error more bytes do not keep the connection', async () => {
      const socket = await open({ allowHalfOpen: true });
      socket.tcp.write(Buffer.from([0x83, 0x80, 1, 2, 3, 4]));
      const flood = setInterval(() => socket.tcp.write('x'.repeat(1000)), 50);
      try {
        assert.equal((await socket.nextClose()).code, 1002);
        await isGone(socket, 1002);
      } finally {
        clearInterval(flood);
      }
    });

    test('a Close that the client never answers ends the connection of an idle worker', async () => {
      const socket = keep(new RawSocket(address()));
      await socket.upgrade('/app/no-such-key', randomBytes(16).toString('base64'));
      assert.equal((await socket.nextClose()).code, 4001);
      await within(socket.ended, 'the end of the connection');
    });

    test('bytes behind the Close of a client are read, and its Close is echoed', async () => {
      const socket = await open({ allowHalfOpen: true });
      const end = once(socket.tcp, 'end');
      const isReset = once(socket.tcp, 'error').then(([error]) => Promise.reject(error));
      socket.tcp.cork();
      socket.sendFrame(OPCODE.close, Buffer.from([1000 >> 8, 1000 & 255]));
      socket.tcp.write(Buffer.alloc(MEBIBYTE));
      socket.tcp.uncork();
      assert.equal((await socket.nextClose()).code, 1000);
      await within(Promise.race([end, isReset]), 'the end of what the server sends');
      socket.tcp.end();
      await isGone(socket, 1000);
    });

    test('a client that closes and stays is closed by the worker', async () => {
      const socket = await open({ allowHalfOpen: true });
      socket.sendFrame(OPCODE.close, Buffer.from([1000 >> 8, 1000 & 255]));
      assert.equal((await socket.nextClose()).code, 1000);
      await isGone(socket, 1000);
    });

    // --- Handshakes --------------------------------------------------------------------------------

    const UPGRADE = ['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket'];
    const VERSION = 'Sec-WebSocket-Version: 13';
    const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    const HANDSHAKES = {
      'a version before 13': [426, ['Sec-WebSocket-Version: 8', KEY]],
      'no version': [426, [KEY]],
      'two versions': [426, [VERSION, 'Sec-WebSocket-Version: 8', KEY]],
      'no key': [400, [VERSION]],
      'two keys': [400, [VERSION, KEY, KEY]],
      'HTTP/1.0': [400, [VERSION, KEY], 'HTTP/1.0'],
      'a key that is not 16 bytes': [101, [VERSION, 'Sec-WebSocket-Key: test']],
    };
    for (const [kind, [status, headers, http = 'HTTP/1.1']] of Object.entries(HANDSHAKES))
      test(`a handshake with ${kind}: ${status}`, async () => {
        const socket = keep(new RawSocket(address()));
        const lines = [`GET /app/${stack.env.APP_KEY} ${http}`, ...UPGRADE, ...headers];
        const head = await socket.request(lines);
        assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
        assert.equal(/^Sec-WebSocket-Version: 13\r?$/m.test(head), status === 426);
      });
  },
  { settings: NEVER },
);
