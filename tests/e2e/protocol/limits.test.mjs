// SPDX-License-Identifier: MIT

// Limits of one connection: §8 of Reverb's configuration, channels, the first message; and
// liveness: §3.2 of the WebSocket protocol.
// starts early, because it waits for silent clients to be closed

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { Inbox, until, within } from '../support/inbox.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { withStack } from '../support/stack.mjs';

const limiting = (more) => ({
  client_events_on_public: true,
  rate_limiting: { enabled: true, max_attempts: 3, decay_seconds: 3600, ...more },
});
const apps = new AppsFile({
  limited: limiting(),
  strict: limiting({ terminate_on_limit: true }),
  brief: limiting({ decay_seconds: 1 }),
  off: limiting({ enabled: false }),
  probed: { ping_interval: 1, pong_timeout: 4 },
  patient: { ping_interval: 1 },
});
const TOO_MANY = { code: 4301, message: 'Rate limit exceeded' };

withStack(
  'rate limiting',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name) => PusherSocket.connect(apps.env(stack, name));
    const events = (socket) => socket.inbox.all.slice(1).map(({ event }) => event);

    test('§8 so many messages are handled, further ones are 4301, the socket stays', async () => {
      const socket = await connect('limited');
      for (let count = 1; count <= 3; count++) await socket.settled();
      for (let count = 1; count <= 2; count++) {
        socket.send('pusher:subscribe', { channel: 'news' });
        assert.deepEqual(await socket.nextError(), TOO_MANY);
      }
      assert.deepEqual(events(socket), [
        ...Array(3).fill('pusher:pong'),
        ...Array(2).fill('pusher:error'),
      ]);
    });

    test('§8 every message counts: malformed, subscribe, client event, pong', async () => {
      const socket = await connect('limited');
      socket.ws.send('nonsense');
      await socket.nextError();
      socket.send('pusher:pong');
      await socket.join('news');
      socket.send('pusher:ping');
      assert.deepEqual(await socket.nextError(), TOO_MANY);
    });

    test('§8 a client event beyond the limit reaches nobody', async () => {
      const [ana, beto] = [await connect('limited'), await connect('limited')];
      for (const socket of [ana, beto]) await socket.join('news');
      for (const n of [1, 2, 3]) ana.send('client-said', n, { channel: 'news' });
      assert.deepEqual(await ana.nextError(), TOO_MANY);
      const said = (await beto.heard(/^client-/)).map(({ data }) => data);
      assert.deepEqual(said, [1, 2]);
    });

    test('§8 Ping frames do not count', async () => {
      const socket = await connect('limited');
      for (let count = 1; count <= 5; count++) {
        const pong = new Promise((resolve) => socket.ws.once('pong', resolve));
        socket.ws.ping();
        await within(pong, 'a Pong frame');
      }
      await socket.settled();
    });

    test("§8 the limit is each connection's own, and off unless asked for", async () => {
      const first = await connect('limited');
      for (let count = 1; count <= 3; count++) await first.settled();
      await (await connect('limited')).settled();
      for (const env of [apps.env(stack, 'off'), stack.env]) {
        const socket = await PusherSocket.connect(env);
        for (let count = 1; count <= 100; count++) socket.send('pusher:ping');
        await until(() => events(socket).length === 100, '100 answers');
        assert.equal(events(socket).includes('pusher:error'), false);
      }
    });

    test('§8 in the next window messages are handled again', async () => {
      const socket = await connect('brief');
      for (let count = 1; count <= 4; count++) socket.send('pusher:ping');
      await until(() => events(socket).length === 4, '4 answers');
      await until(() => {
        socket.send('pusher:ping');
        return events(socket).at(-1) === 'pusher:pong' && events(socket).includes('pusher:error');
      }, 'a pong after the refusal');
    });

    test('§8 terminate: the error, then Close 4100; others stay', async () => {
      const [ana, beto] = [await connect('strict'), await connect('strict')];
      for (let count = 1; count <= 3; count++) await ana.settled();
      ana.send('pusher:ping');
      assert.deepEqual(await ana.nextError(), TOO_MANY);
      assert.equal((await ana.ended()).code, 4100);
      await beto.settled();
      assert.equal((await stack.workerStatus()).slow_consumers_closed, 0);
    });
  },
  { settings: apps.settings },
);

withStack(
  'limits of one connection',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    test('a channel beyond the limit: 4100, not joined, the socket stays', async () => {
      const socket = await PusherSocket.connect(stack.env);
      for (const channel of ['a', 'private-b', 'a']) await socket.join(channel);
      for (const channel of ['c', 'd']) {
        socket.send('pusher:subscribe', { channel });
        assert.deepEqual(await socket.nextError(), { code: 4100, message: 'Over capacity' });
      }
      await socket.join('private-b');
      socket.send('pusher:unsubscribe', { channel: 'a' });
      await socket.join('c');
      assert.deepEqual(
        (await socket.heard(/succeeded$/)).map(({ channel }) => channel),
        ['a', 'private-b', 'a', 'private-b', 'c'],
      );
    });

    test('§4.5 300 rejected messages in a row: Close 1008; one that is good begins anew', async () => {
      const [bad, mixed] = [
        await PusherSocket.connect(stack.env),
        await PusherSocket.connect(stack.env),
      ];
      for (let round = 1; round <= 2; round++) {
        for (let count = 1; count < 300; count++) mixed.ws.send('nonsense');
        await mixed.settled();
      }
      for (let count = 1; count <= 300; count++) bad.ws.send('nonsense');
      assert.deepEqual(await bad.ended(), { code: 1008, reason: 'Too many rejected messages' });
      await mixed.settled();
    });

    test('who says nothing after the greeting is closed, who says anything is not', async () => {
      const speaking = [await PusherSocket.connect(stack.env)];
      await speaking[0].settled();
      speaking.push(await PusherSocket.connect(stack.env));
      speaking[1].ws.send('nonsense');
      await speaking[1].nextError();
      const silent = await PusherSocket.connect(stack.env);

      const { code } = await silent.ended();

      assert.equal(code, 4100);
      for (const socket of speaking) await socket.settled();
    });
  },
  { settings: { PREGON_MAX_CHANNELS_PER_CONNECTION: '2', PREGON_FIRST_MESSAGE_TIMEOUT: '3' } },
);

withStack(
  'liveness',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (options = { autoPong: false }) =>
      PusherSocket.connect(apps.env(stack, 'probed'), options);
    const PING = '{"event":"pusher:ping","data":"{}"}';
    /** An Inbox of the Ping frames that come. */
    function pingFrames(socket) {
      const frames = new Inbox('Ping frames');
      socket.ws.on('ping', () => frames.push('Ping'));
      socket.closed.then(({ code }) => frames.end(new Error(`closed with ${code}`)));
      return frames;
    }
    /** A socket that closes without an answer to any probe. */
    async function isGivenUp(socket) {
      const why = { code: 4201, message: 'Pong reply not received in time' };
      assert.deepEqual(await socket.refused(), why);
    }

    test('§3.2 a silent client gets a Ping frame and pusher:ping, then 4201', async () => {
      const [idle, subscribed] = [await connect(), await connect()];
      const frames = [pingFrames(idle), pingFrames(subscribed)];
      await subscribed.join('news');
      for (const socket of [idle, subscribed]) {
        await isGivenUp(socket);
        assert.deepEqual(socket.texts.slice(-2, -1), [PING]);
        assert.equal(socket.texts.filter((text) => text === PING).length, 1);
      }
      for (const { all } of frames) assert.deepEqual(all, ['Ping']);
    });

    test("§3.2 pong_timeout is the application's own; without one the worker's holds", async () => {
      const patient = await PusherSocket.connect(apps.env(stack, 'patient'), { autoPong: false });
      await patient.next('pusher:ping');
      await isGivenUp(await connect());
      await patient.settled();
    });

    test('§3.2 any message is an answer to the probe', async () => {
      const [answering, speaking] = [await connect(), await connect()];
      answering.ws.on('message', (bytes) => {
        if (bytes.toString() === PING) answering.send('pusher:pong', {});
      });
      speaking.ws.on('message', (bytes) => {
        if (bytes.toString() === PING) speaking.ws.send('nonsense');
      });
      for (let probe = 1; probe <= 3; probe++) {
        await answering.next('pusher:ping');
        await speaking.next('pusher:ping');
      }
      await isGivenUp(await connect());
      await answering.settled();
      await speaking.settled();
    });

    for (const [kind, payload] of Object.entries({ Ping: 'x', 'empty Ping': '' })) {
      test(`§3.2 after this control frame: ${kind}: probed with Ping frames alone`, async () => {
        const socket = await connect({ autoPong: true });
        const frames = pingFrames(socket);
        socket.ws.ping(payload);
        for (let probe = 1; probe <= 3; probe++) await frames.next();
        await socket.settled();
        assert.equal(socket.texts.includes(PING), false);
      });
    }

    test('§3.2 a client that answers Ping frames alone stays, and goes on to get both', async () => {
      const socket = await connect({ autoPong: true });
      const frames = pingFrames(socket);
      for (let probe = 1; probe <= 3; probe++) {
        await frames.next();
        await socket.next('pusher:ping');
      }
      await isGivenUp(await connect());
      await socket.settled();
    });

    test('§3.2 a Pong that nobody asked for counts too', async () => {
      const [socket, silent] = [await connect(), await connect()];
      const frames = pingFrames(socket);
      socket.ws.pong('x');
      for (let probe = 1; probe <= 3; probe++) {
        await frames.next();
        socket.ws.pong('not what was asked');
      }
      await isGivenUp(silent);
      await socket.settled();
    });
  },
  { settings: { ...apps.settings, PREGON_PONG_TIMEOUT: '3600' } },
);
