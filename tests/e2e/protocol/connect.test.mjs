// SPDX-License-Identifier: MIT

// Connecting: §1 of the WebSocket protocol, §6 of Reverb's configuration.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { until } from '../support/inbox.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { RawSocket } from '../support/raw_socket.mjs';
import { changeSettings, reloadWorker } from '../support/reload.mjs';
import { request } from '../support/request.mjs';
import { channelAuth } from '../support/signing.mjs';
import { readKeyValues, withStack } from '../support/stack.mjs';

const ORIGINS = ['shop.test'];
const apps = new AppsFile({
  second: { activity_timeout: 7 },
  disabled: { enabled: false },
  tls: { tls_required: true },
  'tls-disabled': { tls_required: true, enabled: false },
  'disabled-origin': { enabled: false, allowed_origins: ORIGINS },
  lenient: { strict_protocol: false },
  origins: { allowed_origins: ORIGINS },
  'origins-full': { allowed_origins: ORIGINS, max_connections: 0 },
  quota: { max_connections: 2 },
  unlimited: { max_connections: null },
});

const workerSocket = (stack) => {
  const { PREGON_WS_LISTEN } = readKeyValues(path.join(stack.dir, 'pregon.env'));
  return PREGON_WS_LISTEN.split(',')[0].replace(/^unix:/, '');
};

withStack(
  'connecting',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (name, options) => PusherSocket.connect(apps.env(stack, name), options);
    const refusal = (name, options) => new PusherSocket(apps.env(stack, name), options).refused();
    const overHttp = (resource, options) =>
      request({ HTTP_URL: stack.env.WS_URL.replace('ws:', 'http:') }, resource, options);

    // --- §1.1 URL ----------------------------------------------------------------------------------

    const QUERIES = {
      'in another order': 'flash=false&version=8.6.0&protocol=7&client=js',
      'with unknown parameters': 'a=1&protocol=7&b=%20&c',
      'with the protocol alone': 'protocol=7',
      missing: '',
    };
    for (const [kind, query] of Object.entries(QUERIES)) {
      test(`§1.1 the parameters may be ${kind}`, async () => {
        await connect('second', { query });
      });
    }

    test('§1.1 the key is percent-decoded once and looked up case-sensitively', async () => {
      await connect('second', { key: '%73econd%2Dkey' });
      assert.equal((await refusal('second', { key: '%2573econd-key' })).code, 4001);
      assert.equal((await refusal('second', { key: 'Second-key' })).code, 4001);
    });

    test('§1.1 cookies and Authorization mean nothing', async () => {
      await connect('second', { headers: { Cookie: 'a=b', Authorization: 'Bearer 1|x' } });
    });

    test('§1.1 a frame that comes along with the upgrade is handled after the greeting', async () => {
      const { hostname, port } = new URL(stack.env.WS_URL);
      const socket = new RawSocket({ host: hostname, port: Number(port) });
      try {
        socket.tcp.cork();
        const head = socket.upgrade('/app/second-key', randomBytes(16).toString('base64'));
        socket.sendEvent('pusher:subscribe', { channel: 'news' });
        socket.tcp.uncork();
        assert.match(await head, /^HTTP\/1\.1 101 /);
        const events = [await socket.frames.next(), await socket.frames.next()];
        assert.deepEqual(
          events.map(({ payload }) => JSON.parse(payload).event),
          ['pusher:connection_established', 'pusher_internal:subscription_succeeded'],
        );
      } finally {
        socket.destroy();
      }
    });

    test('§1.1 HTTP without Upgrade: 426 on the path of an application, 404 elsewhere', async () => {
      assert.equal((await overHttp('/app/second-key?protocol=7')).status, 426);
      assert.equal((await overHttp('/nothing')).status, 404);
    });

    test('§1.1 the key is the whole rest of the path: 4001 if there is more', async () => {
      assert.equal((await refusal('second', { path: '/app/second-key/more' })).code, 4001);
    });

    test('§1.1 /up tells how the worker is, by GET and by HEAD', async () => {
      for (const method of ['GET', 'HEAD']) {
        const answer = await overHttp('/up', { method });
        assert.equal(answer.status, 200);
        if (method === 'GET') assert.deepEqual(answer.body, { health: 'OK' });
      }
    });

    test('§1.1 the paths of SockJS: 404, with what to set in the page', async () => {
      const answer = await overHttp('/pusher/123/abc/xhr_streaming', { method: 'POST' });
      assert.equal(answer.status, 404);
      assert.match(String(answer.body), /enabledTransports/);
    });

    test('§1.4 many refusals are a line at once and one a second that counts them', async () => {
      const refused = 200;
      const lines = () =>
        stack.log('worker').split('\n').filter((line) => /ws refused.*"Application is disabled"/.test(line));
      const before = lines().length;
      await Promise.all(Array.from({ length: refused }, () => refusal('disabled')));
      const told = () =>
        lines().slice(before).reduce((sum, line) => sum + Number(/ more=(\d+)/.exec(line)?.[1] ?? 1), 0);
      await until(() => told() === refused, `${refused} refusals in the log`);
      assert.ok(lines().length - before < refused / 2);
    });

    test('§1.4 the log names the header that is missing where TLS is demanded', async () => {
      const unixSocket = workerSocket(stack);
      await refusal('tls', { unixSocket });
      await until(() => /ws refused .*sends no X-Forwarded-Proto/.test(stack.log('worker')), 'the line');
    });

    for (const resource of ['/', '/nothing', '/app/', '/ws/app/second-key']) {
      test(`§3.5 an upgrade on ${resource}: 4005`, async () => {
        assert.equal((await refusal('second', { path: resource })).code, 4005);
      });
    }

    // --- §1.2 Protocol version ---------------------------------------------------------------------

    const VERSIONS = { 5: 0, 6: 0, 7: 0, 1: 4007, 2: 4007, 3: 4007, 4: 4007, 8: 4007 };
    VERSIONS['99999999999999999999'] = 4007;
    for (const text of ['abc', '7.0', '7a', 'seven', '%207']) VERSIONS[text] = 4006;
    for (const [version, code] of Object.entries(VERSIONS)) {
      test(`§1.2 protocol=${version}: ${code || 'accepted'}`, async () => {
        const query = `client=js&protocol=${version}`;
        if (code) assert.equal((await refusal('second', { query })).code, code);
        else await connect('second', { query });
        await connect('lenient', { query });
      });
    }

    // --- §1.4 Refusals -----------------------------------------------------------------------------

    test('§1.4 an unknown key: 4001', async () => {
      assert.deepEqual(await refusal('no-such'), {
        code: 4001,
        message: 'Application does not exist',
      });
    });

    test('§1.4 a disabled application: 4003', async () => {
      assert.equal((await refusal('disabled')).code, 4003);
    });

    test('§1.4 an application that demands TLS: 4000, whatever a client says of itself', async () => {
      const headers = { 'X-Forwarded-Proto': 'https' };
      const unixSocket = workerSocket(stack);
      assert.equal((await refusal('tls')).code, 4000);
      assert.equal((await refusal('tls', { headers })).code, 4000);
      assert.equal((await refusal('tls', { unixSocket })).code, 4000);
      const plain = { 'X-Forwarded-Proto': 'http' };
      assert.equal((await refusal('tls', { unixSocket, headers: plain })).code, 4000);
      await connect('tls', { unixSocket, headers });
    });

    const PROXIES = { '127.0.0.0/8,::1': true, '127.0.0.1,::1': true, '10.0.0.0/8': false };
    for (const [proxies, isBelieved] of Object.entries(PROXIES))
      test(`a client from ${proxies} is ${isBelieved ? '' : 'not '}a trusted proxy here`, async () => {
        changeSettings(stack, { PREGON_TRUSTED_PROXIES: proxies });
        assert.match(await reloadWorker(stack), /worker reloaded/);
        try {
          const headers = { 'X-Forwarded-Proto': 'https' };
          if (isBelieved) await connect('tls', { headers });
          else assert.equal((await refusal('tls', { headers })).code, 4000);
        } finally {
          changeSettings(stack, { PREGON_TRUSTED_PROXIES: null });
          await reloadWorker(stack);
        }
      });

    test('a proxy that is no address is refused at a reload, and the log says why', async () => {
      changeSettings(stack, { PREGON_TRUSTED_PROXIES: 'proxy.example.com' });
      assert.match(
        await reloadWorker(stack),
        /config invalid.*PREGON_TRUSTED_PROXIES: proxy\.example\.com: expected an address/,
      );
      changeSettings(stack, { PREGON_TRUSTED_PROXIES: null });
    });

    test('§1.4 the first check in order decides', async () => {
      const query = 'protocol=3';
      const headers = { Origin: 'https://evil.test' };
      assert.equal((await refusal('tls-disabled')).code, 4000);
      assert.equal((await refusal('disabled', { query })).code, 4003);
      assert.equal((await refusal('disabled-origin', { headers })).code, 4003);
      assert.equal((await refusal('origins', { query, headers })).code, 4007);
      assert.equal((await refusal('origins-full', { headers })).code, 4009);
    });

    test('§1.4 the refusal is the only message, with its data as an object', async () => {
      const socket = new PusherSocket(apps.env(stack, 'no-such'));
      await socket.ended();
      assert.deepEqual(
        socket.texts.map((text) => JSON.parse(text)),
        [
          {
            event: 'pusher:error',
            data: { code: 4001, message: 'Application does not exist' },
          },
        ],
      );
    });

    test('§1.4 the quota counts every open socket, subscribed or not: 4004', async () => {
      const first = await connect('quota');
      await connect('quota');
      const full = { code: 4004, message: 'Application is over connection quota' };
      assert.deepEqual(await refusal('quota'), full);
      assert.deepEqual(await refusal('quota'), full);

      await first.close();
      await connect('quota');
    });

    test('§6 a quota of 0 lets nobody in, none at all is unlimited', async () => {
      const headers = { Origin: 'https://shop.test' };
      assert.equal((await refusal('origins-full', { headers })).code, 4004);
      for (let count = 0; count < 5; count++) await connect('unlimited');
    });

    // --- §1.5 Greeting -----------------------------------------------------------------------------

    for (const query of ['protocol=5', 'protocol=6', 'protocol=7', '']) {
      test(`§1.5 the greeting is one first message, its data a string: ?${query}`, async () => {
        const socket = await connect('second', { query });
        await socket.settled();

        const [greeting, ...more] = socket.texts.map((text) => JSON.parse(text));
        assert.deepEqual(Object.keys(greeting), ['event', 'data']);
        const { socket_id: id, ...data } = JSON.parse(greeting.data);
        assert.match(id, /^[1-9]\d{0,8}\.[1-9]\d{0,8}$/);
        assert.deepEqual(data, { activity_timeout: 7 });
        assert.deepEqual(more, [{ event: 'pusher:pong', data: '{}' }]);
      });
    }

    test('§1.5 socket ids differ', async () => {
      const ids = new Set();
      for (let count = 0; count < 50; count++) ids.add((await connect('second')).id);
      assert.equal(ids.size, 50);
    });

    // --- Several applications ----------------------------------------------------------------------

    test('§1.2 applications share neither channels nor members nor signatures', async () => {
      const [ana, beto, carla] = [
        await connect('second'),
        await connect('second'),
        await connect('unlimited'),
      ];
      const member = (id) => JSON.stringify({ user_id: id });
      await ana.join('presence-room', member('1'));
      await beto.join('presence-room', member('2'));
      const { data } = await carla.join('presence-room', member('3'));
      ana.send('client-said', { n: 1 }, { channel: 'presence-room' });
      await ana.settled();

      assert.deepEqual(data.presence.ids, ['3']);
      assert.equal((await beto.heard(/^client-said$/)).length, 1);
      assert.deepEqual(await carla.heard(/^(client-|pusher_internal:member_)/), []);
      const auth = channelAuth(ana.env, carla.id, 'private-x');
      carla.send('pusher:subscribe', { channel: 'private-x', auth });
      assert.equal((await carla.nextError()).code, 4009);
    });
  },
  { settings: apps.settings },
);

withStack(
  'connecting with a prefix and limits',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const from = (address) => ({
      unixSocket: workerSocket(stack),
      headers: { 'X-Forwarded-For': `203.0.113.1, ${address}` },
    });
    const connect = (options) => PusherSocket.connect(stack.env, options);
    const refusal = (options) => new PusherSocket(stack.env, options).refused();
    const FULL = { code: 4100, message: 'Over capacity' };

    test('§1.1 the path with and without the prefix', async () => {
      await connect({ path: `/ws/app/${stack.env.APP_KEY}` });
      await connect({ path: `/app/${stack.env.APP_KEY}` });
      assert.equal((await refusal({ path: `/other/app/${stack.env.APP_KEY}` })).code, 4005);
    });

    test('§1.4 the limit of one address: 4100, as the proxy before us tells it', async () => {
      const first = await connect(from('192.0.2.1'));
      await connect(from('192.0.2.1'));
      assert.deepEqual(await refusal(from('192.0.2.1')), FULL);
      await connect(from('192.0.2.2'));

      await first.close();
      await connect(from('192.0.2.1'));
    });

    test('§1.4 a /64 of IPv6 is one address, however it is written', async () => {
      const first = await connect(from('2001:db8::1'));
      await connect(from('2001:DB8:0:0::2'));
      assert.deepEqual(await refusal(from('2001:db8:0:0:ffff::3')), FULL);
      await connect(from('2001:db8:0:1::1'));

      await first.close();
      await connect(from('2001:db8::4'));
    });

    test('§1.4 a client over TCP cannot choose its address', async () => {
      await connect({ headers: { 'X-Forwarded-For': '192.0.2.1' } });
      await connect({ headers: { 'X-Forwarded-For': '192.0.2.2' } });
      assert.deepEqual(await refusal({ headers: { 'X-Forwarded-For': '192.0.2.3' } }), FULL);
    });

    test('§1.4 clients whose address the proxy does not tell can come back as often', async () => {
      const headersOf = { none: {}, 'an overlong one': { 'X-Forwarded-For': '1'.repeat(1100) } };
      for (const [kind, headers] of Object.entries(headersOf))
        for (let time = 1; time <= 5; time++) {
          const socket = new PusherSocket(stack.env, { unixSocket: workerSocket(stack), headers });
          const { event } = await socket.inbox.next();
          assert.equal(event, 'pusher:connection_established', `${kind}, time ${time}`);
          await socket.close();
        }
    });

    test("§1.4 the worker's limit: 4100, until somebody leaves", async () => {
      const sockets = [];
      for (let n = 1; n <= 4; n++) sockets.push(await connect(from(`192.0.2.${n}`)));
      assert.deepEqual(await refusal(from('192.0.2.5')), FULL);
      const known = { ...from('192.0.2.5'), key: 'no-such-key' };
      assert.equal((await refusal(known)).code, 4001);

      await sockets[0].close();
      await connect(from('192.0.2.5'));
    });
  },
  {
    settings: {
      REVERB_SERVER_PATH: '/ws/',
      PREGON_MAX_CONNECTIONS: '4',
      PREGON_MAX_CONNECTIONS_PER_ADDRESS: '2',
    },
  },
);
