// SPDX-License-Identifier: MIT

// What a page gets back that was away: docs/recovery.md, at the real programs and client libraries.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { AppsFile } from './support/apps.mjs';
import { closeClients, connectPusher, publisher, subscribe } from './support/clients.mjs';
import { until } from './support/inbox.mjs';
import { Line } from './support/line.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { isOlderThanPages, ResumingSocket, tokenFor, withToken } from './support/recovery.mjs';
import { askApi } from './support/signed_request.mjs';
import { behindEachFront, withStack } from './support/stack.mjs';

/** Unmodified, of every major version: Echo is `default` of a CommonJS module in its first. */
const LIBRARIES = {};
for (const version of [4, 5, 6, 7])
  LIBRARIES[`pusher-js ${version}`] = { Pusher: (await import(`pusher-js-${version}`)).default };
LIBRARIES['pusher-js 8'] = { Pusher: (await import('pusher-js')).default };
const { default: Echo1 } = await import('laravel-echo-1');
const { default: Echo2 } = await import('laravel-echo');
const { Pusher: Pusher8 } = LIBRARIES['pusher-js 8'];
LIBRARIES['laravel-echo 1'] = { Pusher: Pusher8, Echo: Echo1.default ?? Echo1 };
LIBRARIES['laravel-echo 2'] = { Pusher: Pusher8, Echo: Echo2 };

const SHOP = 'private-shop.7';

/** Publishes, one event after the other. */
async function publish(stack, channel, ...names) {
  for (const name of names) await publisher(stack.env).trigger(channel, name, {});
}

behindEachFront('recovery', (stack) => {
  let line;
  before(async () => {
    line = await new Line(stack.env).up();
    await isOlderThanPages(stack);
  });
  const clients = [];
  afterEach(() => {
    closeClients();
    clients.splice(0).forEach((client) => client.disconnect());
    PusherSocket.closeAll();
  });
  after(() => line.down());

  for (const [name, { Pusher, Echo }] of Object.entries(LIBRARIES))
    test(`${name}: acknowledges what it has handled, and gets what it missed once`, async () => {
      const env = withToken(line.env);
      const { hostname, port } = new URL(env.WS_URL);
      const options = { cluster: '', wsHost: hostname, wsPort: Number(port) };
      const plain = { forceTLS: false, encrypted: false, enabledTransports: ['ws'] };
      const client = Echo
        ? new Echo({ broadcaster: 'pusher', key: env.APP_KEY, Pusher, ...options, ...plain })
        : null;
      const pusher = client?.connector.pusher ?? new Pusher(env.APP_KEY, { ...options, ...plain });
      clients.push(client ?? pusher);
      const inbox = await subscribe(pusher, 'libraries');
      await publish(stack, 'libraries', 'one');
      await inbox.next(({ event }) => event === 'one');
      const answered = new Promise((resolve) =>
        pusher.connection.bind('message', ({ event }) => event === 'pusher:pong' && resolve()),
      );
      pusher.connection.send_event('pusher:ping', {}); // behind its answer to ours
      await answered;
      line.die();
      await publish(stack, 'libraries', 'two');
      line.revive();
      await inbox.next(({ event }) => event === 'two');
      const names = inbox.all.map(({ event }) => event).filter((event) => !event.startsWith('pusher'));
      assert.deepEqual(names, ['one', 'pregon:replay', 'two']);
    });

  test('pusher-js gets what it missed in order, then live, after it was cut off', async () => {
    const { COMMERCE_A, TOKEN_A } = stack.env;
    const channel = `private-commerce.${COMMERCE_A}`;
    const pusher = await connectPusher(withToken(line.env), TOKEN_A);
    const inbox = await subscribe(pusher, channel);
    await publish(stack, channel, 'one');
    await inbox.next(({ event }) => event === 'one');
    // The answer to its ping must be there, or `one` comes twice.
    await until(async () => (await stack.workerStatus()).connections === 1, 'it is connected');

    line.die();
    await publish(stack, channel, 'two', 'three', 'four');
    line.revive();
    await inbox.next(({ event }) => event === 'four');
    await publish(stack, channel, 'five');
    await inbox.next(({ event }) => event === 'five');

    const names = inbox.all.map(({ event }) => event).filter((name) => !name.startsWith('pusher'));
    const replay = names.indexOf('pregon:replay');
    assert.ok(replay > 0, names.join());
    assert.deepEqual(names.slice(-4), ['two', 'three', 'four', 'five']);
    assert.deepEqual(names.slice(0, replay), ['one']);
    assert.ok(!names.includes('pregon:gap'), names.join());
  });

  test('a half-open connection is taken over, and costs its page nothing', async () => {
    const channel = 'half-open';
    const pusher = await connectPusher(withToken(line.env));
    const inbox = await subscribe(pusher, channel);
    line.lose();
    await publish(stack, channel, 'lost');
    await inbox.next(({ event }) => event === 'lost');
    line.down();
    line = await new Line(stack.env).up();
  });

  test('a page that misses nothing is told nothing', async () => {
    const token = tokenFor();
    const page = await ResumingSocket.connect(stack.env, token);
    await page.join(SHOP);
    await page.drop();
    const back = await ResumingSocket.connect(stack.env, token);
    await back.join(SHOP);
    assert.deepEqual(await back.story(SHOP), []);
  });

  test('a worker that was killed is told: restarted', async () => {
    const token = tokenFor();
    const page = await ResumingSocket.connect(stack.env, token);
    await page.join(SHOP);
    const pid = stack.kill('worker');
    await stack.comesBack('worker', pid);
    const back = await ResumingSocket.connect(stack.env, token);
    await back.join(SHOP);
    await back.join('news');
    assert.deepEqual(await back.story(SHOP), ['gap restarted']);
    assert.deepEqual(await back.story('news'), ['gap restarted']);
    await isOlderThanPages(stack);
  });

  test('an upgrade takes along what is kept, and who is away', async () => {
    const tokens = [tokenFor(), tokenFor()];
    const [stays, leaves] = await Promise.all(
      tokens.map((token) => ResumingSocket.connect(stack.env, token)),
    );
    for (const page of [stays, leaves]) await page.join(SHOP);
    await leaves.drop();
    await until(async () => (await stack.workerStatus()).recovery.retained >= 1, 'it is away');
    await publish(stack, SHOP, 'before');
    await stack.pregonctl('upgrade');
    await publish(stack, SHOP, 'after');

    const back = await ResumingSocket.connect(stack.env, tokens[1]);
    await back.join(SHOP);
    assert.deepEqual(await back.story(SHOP), ['replay 2', 'before', 'after']);
    assert.deepEqual(await stays.story(SHOP), ['before', 'after']);
    await stays.drop();
    const again = await ResumingSocket.connect(stack.env, tokens[0]);
    await again.join(SHOP);
    // Its ping was not answered, so that both count as not handled.
    assert.deepEqual(await again.story(SHOP), ['replay 2', 'before', 'after']);
  });
});

const apps = new AppsFile({
  small: { max_connections: 1 },
  main: { terminate_close_code: 4200 },
});

withStack(
  'resuming',
  'nginx',
  (stack) => {
    before(() => isOlderThanPages(stack));
    afterEach(() => PusherSocket.closeAll());
    const main = () => apps.env(stack, 'main');
    const publishTo = async (channel, ...names) => {
      for (const name of names) await publisher(main()).trigger(channel, name, {});
    };

    /** A page that was on the channel and is away. */
    async function leaveFrom(channel, { channelData, token = tokenFor() } = {}) {
      const page = await ResumingSocket.connect(main(), token);
      await page.join(channel, channelData);
      await page.drop();
      await until(async () => (await stack.workerStatus()).connections === 0, 'it is away');
      return token;
    }

    test('a drop at every step of resuming loses nothing', async () => {
      const token = await leaveFrom(SHOP);
      await publishTo(SHOP, 'one', 'two');
      (await ResumingSocket.connect(main(), token)).ws.terminate(); // greeted
      const asking = await ResumingSocket.connect(main(), token);
      asking.send('pusher:subscribe', { channel: SHOP, auth: 'x:y' });
      await asking.nextError(); // refused
      await asking.drop();
      const told = await ResumingSocket.connect(main(), token);
      await told.join(SHOP); // replayed, and nothing handled
      await told.drop();
      const handling = await ResumingSocket.connect(main(), token);
      await handling.join(SHOP);
      await handling.acknowledge(); // replayed, and handled
      await publishTo(SHOP, 'three');
      await handling.drop();
      const back = await ResumingSocket.connect(main(), token);
      await back.join(SHOP);
      assert.deepEqual(await told.inbox.all.filter(({ channel }) => channel === SHOP).length, 4);
      assert.deepEqual(await back.story(SHOP), ['replay 1', 'three']);
    });

    test('nobody gets an event of a channel without authorisation', async () => {
      const token = await leaveFrom(SHOP);
      await publishTo(SHOP, 'secret');
      const thief = await ResumingSocket.connect(main(), token);
      thief.send('pusher:subscribe', { channel: SHOP, auth: `${main().APP_KEY}:${'0'.repeat(64)}` });
      assert.equal((await thief.nextError()).code, 4009);
      assert.deepEqual(await thief.heard(/secret|pregon/), []);
    });

    test('cache, encrypted and presence channels, and another user', async () => {
      for (const channel of ['cache-prices', 'private-encrypted-x', 'private-cache-y']) {
        const token = await leaveFrom(channel);
        for (const name of ['one', 'two']) {
          const body = JSON.stringify({ name, channel, data: '{"nonce":"n","ciphertext":"c"}' });
          assert.equal((await askApi(main(), 'POST', '/events', { body })).status, 200);
        }
        const back = await ResumingSocket.connect(main(), token);
        await back.join(channel);
        assert.deepEqual(await back.story(channel), ['replay 2', 'one', 'two']);
        await back.drop();
      }
      const room = 'presence-room';
      for (const [user, story] of [
        ['7', ['replay 1', 'said']],
        ['8', ['gap user']],
      ]) {
        const token = await leaveFrom(room, { channelData: '{"user_id":"7"}' });
        await publishTo(room, 'said');
        const back = await ResumingSocket.connect(main(), token);
        await back.join(room, `{"user_id":"${user}"}`);
        assert.deepEqual(await back.story(room), story);
        await back.drop();
      }
    });

    test("a user's events come back at sign-in, in each of two tabs", async () => {
      const tokens = [tokenFor(), tokenFor()];
      for (const token of tokens) {
        const tab = await ResumingSocket.connect(main(), token);
        await tab.signIn({ id: '7' });
        await tab.drop();
      }
      await until(async () => (await stack.workerStatus()).connections === 0, 'both are away');
      const body = JSON.stringify({ name: 'notice', channel: '#server-to-user-7', data: '{}' });
      assert.equal((await askApi(main(), 'POST', '/events', { body })).status, 200);
      for (const token of tokens) {
        const tab = await ResumingSocket.connect(main(), token);
        await tab.signIn({ id: '7' });
        assert.deepEqual(await tab.story('#server-to-user-7'), ['replay 1', 'notice']);
      }
    });

    test('a page does not get back what it sent itself', async () => {
      const token = tokenFor();
      const page = await ResumingSocket.connect(main(), token);
      await page.join(SHOP);
      await publisher(main()).trigger(SHOP, 'own', {}, { socket_id: page.id });
      await publishTo(SHOP, 'other');
      await page.drop();
      const back = await ResumingSocket.connect(main(), token);
      await back.join(SHOP);
      assert.deepEqual(await back.story(SHOP), ['replay 1', 'other']);
    });

    test('a user who is terminated while away gets nothing back, and is told', async () => {
      const room = 'presence-room';
      const token = await leaveFrom(room, { channelData: '{"user_id":"7"}' });
      await publishTo(room, 'said');
      const answer = await askApi(main(), 'POST', '/users/7/terminate_connections');
      assert.equal(answer.status, 200);
      const back = await ResumingSocket.connect(main(), token);
      await back.join(room, '{"user_id":"7"}');
      assert.deepEqual(await back.story(room), ['gap expired']);
    });

    test('a token in two live pages is found, and both are told', async () => {
      const token = tokenFor(-3000); // certainly made after the state that was forgotten above
      const one = await ResumingSocket.connect(main(), token);
      await one.join(SHOP);
      const two = await ResumingSocket.connect(main(), token);
      await two.join(SHOP);
      await one.next('pusher:ping');
      one.send('pusher:pong', {});
      await one.next('pregon:gap', ({ data }) => data.reason === 'shared');
      await two.next('pregon:gap', ({ data }) => data.reason === 'shared');
      assert.equal((await stack.workerStatus()).recovery.shared_tokens, 1);
      assert.match(stack.log('worker'), /resume token shared resume=[0-9a-z]+ reason=/);
      const doctor = await stack.pregonctl('doctor', '--json').catch(({ stdout }) => stdout);
      const worker = JSON.parse(doctor).findings.find(({ check }) => check === 'worker');
      assert.equal(worker.result, 'warning');
      assert.match(worker.text, /one resume token/);
    });

    test('at the quota a half-open connection makes room for its page', async () => {
      const env = apps.env(stack, 'small');
      const token = tokenFor();
      const halfOpen = await ResumingSocket.connect(env, token);
      const back = await ResumingSocket.connect(env, token);
      assert.equal((await halfOpen.ended()).code, 4100);
      await back.join('news');
    });

    test('only the stamp of a token is ever shown', async () => {
      const token = tokenFor();
      const [stamp, secret] = token.split('.');
      const page = await ResumingSocket.connect(main(), token);
      await page.join(SHOP);
      const refused = new PusherSocket(main(), { key: `no-such-key~${token}` });
      await refused.refused();
      const listed = await stack.pregonctl('connections');
      assert.match(listed, new RegExp(`${page.id}.* ${stamp}\n`));
      const json = JSON.parse(await stack.pregonctl('connections', '--json'));
      assert.equal(json.connections.find(({ id }) => id === page.id).resume, stamp);
      assert.match(stack.log('worker'), new RegExp(`ws opened socket=${page.id} .*resume=${stamp}\n`));
      const status = await stack.pregonctl('status');
      assert.match(status, /recovery: 1 pages, \d+ away, \d+ channels in \d+ bytes of 67108864\n/);
      const folder = path.join(stack.dir, 'log');
      const logs = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'));
      for (const text of [listed, status, JSON.stringify(json), ...logs])
        assert.ok(!text.includes(secret));
    });

    test('without a token nothing is kept and nothing is said', async () => {
      await PusherSocket.leaveAll();
      const before = (await stack.workerStatus()).recovery;
      const page = await PusherSocket.connect(main());
      await page.join('plain');
      await publishTo('plain', 'one');
      await page.next('one');
      assert.deepEqual(
        (await page.heard()).map(({ event }) => event),
        ['pusher_internal:subscription_succeeded', 'one'],
      );
      assert.equal((await stack.workerStatus()).recovery.channels <= before.channels, true);
    });
  },
  { settings: apps.settings },
);

withStack(
  'recovery that is off',
  'none',
  (stack) => {
    before(() => isOlderThanPages(stack));
    test('tells each page that comes back that there is a gap', async () => {
      const unixSocket = stack.values().PREGON_WS_LISTEN.split(',')[0].replace('unix:', '');
      const connect = (token) => ResumingSocket.connect(stack.env, token, { unixSocket });
      const page = await connect(tokenFor());
      await page.join('news');
      assert.deepEqual(await page.story('news'), []);
      await page.drop();
      const status = await stack.workerStatus();
      assert.deepEqual([status.recovery.on, status.recovery.retained], [false, 0]);
      const old = await connect(tokenFor(3_600_000));
      await old.join('news');
      assert.deepEqual(await old.story('news'), ['gap restarted']);
      await old.drop();
    });
  },
  { settings: { PREGON_RECOVERY: 'false' } },
);
