// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import WebSocket from 'ws';
import { within } from './support/inbox.mjs';
import { OPCODE, RawSocket } from './support/raw_socket.mjs';
import { FRONTS, withStack } from './support/stack.mjs';

const MESSAGE_LIMIT = 10000;

/** A ping of exactly `size` bytes. */
function pingOfSize(size) {
  const frame = (filler) => JSON.stringify({ event: 'pusher:ping', data: filler });
  return frame('x'.repeat(size - frame('').length));
}

for (const front of [...FRONTS, 'none']) {
  withStack('WebSocket frames', front, (stack) => {
    const opened = [];
    afterEach(() => opened.splice(0).forEach((socket) => socket.destroy()));

    async function open() {
      const { hostname, port } = new URL(stack.env.WS_URL);
      const socket = await RawSocket.open(
        { host: hostname, port: Number(port) },
        `/app/${stack.env.APP_KEY}?protocol=7`,
      );
      opened.push(socket);
      return socket;
    }

    test('a message in three fragments, with a ping between them', async () => {
      const socket = await open();

      socket.sendFrame(OPCODE.text, '{"event":', { fin: false });
      socket.sendFrame(OPCODE.continuation, '"pusher:pi', { fin: false });
      socket.sendFrame(OPCODE.ping, 'between');
      socket.sendFrame(OPCODE.continuation, 'ng"}');

      assert.equal((await socket.nextFrame(OPCODE.pong)).payload.toString(), 'between');
      await socket.nextMessage('pusher:pong');
    });

    for (const payload of ['', 'a', '\u0000binary\u00ff', 'x'.repeat(125)]) {
      test(`a ping of ${payload.length} bytes is answered with the same bytes`, async () => {
        const socket = await open();
        const bytes = Buffer.from(payload, 'latin1');

        socket.sendFrame(OPCODE.ping, bytes);

        assert.deepEqual((await socket.nextFrame(OPCODE.pong)).payload, bytes);
      });
    }

    test('a Close is echoed and the connection ends', async () => {
      const socket = await open();

      socket.sendFrame(OPCODE.close, Buffer.from([1000 >> 8, 1000 & 255, ...Buffer.from('bye')]));

      assert.equal((await socket.nextClose()).code, 1000);
      await within(socket.ended, 'the end of the connection');
    });

    test(`a message of ${MESSAGE_LIMIT} bytes passes`, async () => {
      const socket = await open();
      socket.sendText(pingOfSize(MESSAGE_LIMIT));
      await socket.nextMessage('pusher:pong');
    });

    const TOO_LARGE = { code: 1009, reason: 'Maximum message size exceeded' };

    test('a message of one byte more: Close 1009', async () => {
      const socket = await open();
      socket.sendText(pingOfSize(MESSAGE_LIMIT + 1));
      assert.deepEqual(await socket.nextClose(), TOO_LARGE);
    });

    test('fragments that add up to more: Close 1009', async () => {
      const socket = await open();
      const half = 'x'.repeat(MESSAGE_LIMIT / 2 + 1);
      socket.sendFrame(OPCODE.text, half, { fin: false });
      socket.sendFrame(OPCODE.continuation, half);
      assert.deepEqual(await socket.nextClose(), TOO_LARGE);
    });

    test('a frame that announces too much: Close 1009 at its first byte', async () => {
      const socket = await open();
      socket.sendFrame(OPCODE.text, '{', { announce: 2 ** 31 });
      assert.deepEqual(await socket.nextClose(), TOO_LARGE);
    });

    test('a frame that announces too much: Close 1009 at its header, without a byte of it', async () => {
      const socket = await open();
      socket.tcp.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4]));
      assert.deepEqual(await socket.nextClose(), TOO_LARGE);
    });

    const BROKEN_FRAMES = {
      'not masked': [0x81, 0x02, 0x7b, 0x7d],
      'a reserved bit': [0xc1, 0x80, 1, 2, 3, 4],
      'a reserved opcode': [0x83, 0x80, 1, 2, 3, 4],
      'a reserved control opcode': [0x8b, 0x80, 1, 2, 3, 4],
      'a ping in fragments': [0x09, 0x80, 1, 2, 3, 4],
      'a ping of 126 bytes': [0x89, 0xfe, 0, 126, 1, 2, 3, 4],
      'a continuation of nothing': [0x80, 0x80, 1, 2, 3, 4],
      'a message inside a message': [0x01, 0x80, 1, 2, 3, 4, 0x81, 0x80, 1, 2, 3, 4],
      'a length in a longer form than needed': [0x81, 0xfe, 0, 5, 1, 2, 3, 4],
      'a Close of one byte': [0x88, 0x81, 0, 0, 0, 0, 3],
      'a Close with a code that is never sent': [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed],
    };
    for (const [name, bytes] of Object.entries(BROKEN_FRAMES))
      test(`${name}: Close 1002`, async () => {
        const socket = await open();
        socket.tcp.write(Buffer.from(bytes));
        assert.equal((await socket.nextClose()).code, 1002);
      });

    test('text that is not UTF-8: Close 1007', async () => {
      const socket = await open();
      socket.sendFrame(OPCODE.text, Buffer.from([0x7b, 0xff, 0x7d]));
      assert.equal((await socket.nextClose()).code, 1007);
    });

    const NOT_UTF8 = {
      'in the first fragment': [Buffer.from([0xce, 0xba, 0xff]), { fin: false }],
      'in a frame that is not whole': [Buffer.from([0x7b, 0xed, 0xa0]), { announce: 100 }],
    };
    for (const [kind, [bytes, options]] of Object.entries(NOT_UTF8))
      test(`text that is not UTF-8 ${kind}: Close 1007 before the rest of it comes`, async () => {
        const socket = await open();
        socket.sendFrame(OPCODE.text, bytes, options);
        assert.equal((await socket.nextClose()).code, 1007);
      });

    test('a character may be cut between two fragments', async () => {
      const socket = await open();
      const text = Buffer.from('{"event":"client-€","channel":7}');
      const cut = text.indexOf(0xe2) + 1;
      socket.sendFrame(OPCODE.text, text.subarray(0, cut), { fin: false });
      socket.sendFrame(OPCODE.continuation, text.subarray(cut));
      assert.equal((await socket.nextMessage('pusher:error')).data.code, 4200);
    });

    // Caddy itself drops what comes with the request.
    if (front !== 'caddy')
      test('frames in the same segment as the request are handled after the greeting', async () => {
        const { hostname, port } = new URL(stack.env.WS_URL);
        const socket = new RawSocket({ host: hostname, port: Number(port) });
        opened.push(socket);
        const subscribe = JSON.stringify({ event: 'pusher:subscribe', data: { channel: 'early' } });
        const head = socket.upgrade(`/app/${stack.env.APP_KEY}`, 'dGVzdA==');
        socket.sendText(subscribe);
        assert.match(await head, /^HTTP\/1\.1 101 /);
        await socket.nextMessage('pusher:connection_established');
        await socket.nextMessage('pusher_internal:subscription_succeeded');
      });

    test('the first subprotocol that a client offers is taken', async () => {
      const client = new WebSocket(`${stack.env.WS_URL}/app/${stack.env.APP_KEY}`, ['a.b', 'c']);
      opened.push({ destroy: () => client.terminate() });
      await within(new Promise((resolve) => client.once('open', resolve)), 'the upgrade');
      assert.equal(client.protocol, 'a.b');
    });

    test('malformed messages are answered with 4200 and close nothing', async () => {
      const socket = await open();
      for (const text of [
        'not JSON',
        '[]',
        '{"data":1}',
        '{"event":7}',
        '{"event":"pusher:unknown"}',
        '',
      ]) {
        socket.sendText(text);
        const { code } = (await socket.nextMessage('pusher:error')).data;
        assert.equal(code, 4200, JSON.stringify(text));
      }
      socket.sendEvent('pusher:ping', {});
      await socket.nextMessage('pusher:pong');
    });
  });
}
