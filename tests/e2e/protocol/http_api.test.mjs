// SPDX-License-Identifier: MIT

// The rules of the Pusher HTTP API, named after the sections of its description.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { publisher } from '../support/clients.mjs';
import { until } from '../support/inbox.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { request } from '../support/request.mjs';
import { askApi } from '../support/signed_request.mjs';
import { withStack } from '../support/stack.mjs';

const SECOND = { APP_ID: 'second', APP_KEY: 'second-key', APP_SECRET: 'second-secret' };
const DISABLED = { APP_ID: 'disabled', APP_KEY: 'disabled-key', APP_SECRET: 'disabled-secret' };
const folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-e2e-apps-'));
const appsFile = path.join(folder, 'apps.json');
const appsEntry = ({ APP_ID, APP_KEY, APP_SECRET }, more) => ({
  app_id: APP_ID,
  key: APP_KEY,
  secret: APP_SECRET,
  ...more,
});
writeFileSync(
  appsFile,
  JSON.stringify([appsEntry(SECOND, {}), appsEntry(DISABLED, { enabled: false })]),
);
after(() => rmSync(folder, { recursive: true, force: true }));

const member = (id) => JSON.stringify({ user_id: id, user_info: { name: `user ${id}` } });
const event = (more) => ({ name: 'made', data: '{}', ...more });
const LARGEST = 10240;

function defineTests(stack) {
  afterEach(async () => {
    PusherSocket.closeAll();
    await until(async () => (await connections()) === 0, 'nobody is connected');
  });

  const connect = () => PusherSocket.connect(stack.env);
  const connections = async () => (await get('/connections')).body.connections;
  const get = (resource, query, options) =>
    askApi(stack.env, 'GET', resource, { query, ...options });
  const post = (resource, body, options) =>
    askApi(stack.env, 'POST', resource, {
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      ...options,
    });
  const sdk = () => publisher(stack.env);
  const json = async (answer) => (await answer).json();

  async function subscriber(channel, userId) {
    const socket = await connect();
    await socket.join(channel, userId && member(userId));
    return socket;
  }

  async function signedIn(id) {
    const socket = await connect();
    socket.send('pusher:signin', sdk().authenticateUser(socket.id, { id }));
    await socket.next('pusher:signin_success');
    return socket;
  }

  /** The application's events that came until now, as [event, channel]. */
  async function received(socket) {
    await socket.settled();
    return socket.inbox.all
      .filter((message) => !/^pusher(_internal)?:/.test(message.event))
      .map((message) => [message.event, message.channel]);
  }

  // --- §1 Endpoints ------------------------------------------------------------------------------

  const ENDPOINTS = {
    'POST /events': () => post('/events', event({ channel: 'news' })),
    'POST /batch_events': () => post('/batch_events', { batch: [event({ channel: 'news' })] }),
    'GET /channels': () => get('/channels'),
    'GET /channels/{channel}': () => get('/channels/news'),
    'GET /channels/{channel}/users': () => get('/channels/presence-room.1/users'),
    'POST /users/{user}/terminate_connections': () => post('/users/7/terminate_connections', {}),
    'GET /connections': () => get('/connections'),
  };
  for (const [name, ask] of Object.entries(ENDPOINTS)) {
    test(`§1 success is 200 and a JSON object: ${name}`, async () => {
      const { status, headers, body, text } = await ask();

      assert.equal(status, 200, text);
      assert.equal(headers.get('content-type'), 'application/json');
      assert.equal(Object.prototype.toString.call(body), '[object Object]');
    });
  }

  const METHODS = {
    '/events': 'POST',
    '/batch_events': 'POST',
    '/channels': 'GET, HEAD',
    '/channels/news': 'GET, HEAD',
    '/channels/presence-room.1/users': 'GET, HEAD',
    '/users/7/terminate_connections': 'POST',
    '/connections': 'GET, HEAD',
  };
  for (const [resource, allowed] of Object.entries(METHODS)) {
    test(`§1 a wrong method is 405 with Allow: ${resource}`, async () => {
      const { status, headers, text } = await askApi(stack.env, 'PUT', resource);

      assert.equal(status, 405);
      assert.equal(headers.get('allow'), allowed);
      assert.equal(text, 'Method not allowed.');
    });

    test(`§1 needs a signature: ${resource}`, async () => {
      const [method] = allowed.split(',');
      const answer = await request(stack.env, `/apps/${stack.env.APP_ID}${resource}`, { method });

      assert.equal(answer.status, 401);
      assert.equal(answer.text, 'Missing auth_key.');
    });
  }

  test('§1 an unknown path is 404', async () => {
    for (const resource of ['/nothing', '/channels/news/nothing', '/channels//users']) {
      assert.equal((await get(resource)).status, 404, resource);
    }
  });

  // --- §2 Authentication -------------------------------------------------------------------------

  test('§2.1 a body_md5 of an empty body is accepted, another is not', async () => {
    const empty = { body_md5: 'd41d8cd98f00b204e9800998ecf8427e' };
    assert.equal((await get('/channels', {}, { auth: empty })).status, 200);
    assert.equal((await get('/channels', {}, { auth: { body_md5: '0'.repeat(32) } })).status, 401);
  });

  test('§2.2 the signature covers the decoded values of the query', async () => {
    const query = { info: 'user_count,subscription_count', filter_by_prefix: 'ñ &=+%' };

    assert.equal((await get('/channels', query)).status, 200);
  });

  test('§2.2 info[]= in a query counts as a list', async () => {
    await subscriber('news');
    const query = { info: 'user_count,subscription_count' };
    for (const wire of [
      'info[]=user_count&info[]=subscription_count',
      'info%5B0%5D=user_count&info%5B1%5D=subscription_count',
    ]) {
      const { status, body } = await get('/channels', query, { wire });
      assert.equal(status, 200, wire);
      assert.deepEqual(body, { channels: { news: { subscription_count: 1 } } });
    }
  });

  test('§2.2 a changed signature, time, key or version is 401', async () => {
    const old = String(Math.floor(Date.now() / 1000) - 660);
    const cases = [
      [{ writeSignature: () => '0'.repeat(64) }, 'Authentication signature invalid.'],
      [{ auth: { auth_key: 'other' } }, 'Unknown auth_key.'],
      [{ auth: { auth_version: '2.0' } }, 'Unsupported auth_version.'],
      [
        { auth: { auth_timestamp: old } },
        /^Authentication timestamp outside the 600 second window: the request says \d+, here it is \d+\.$/,
      ],
      [{ signedMethod: 'POST' }, 'Authentication signature invalid.'],
      [{ signedPath: `/apps/${SECOND.APP_ID}/channels` }, 'Authentication signature invalid.'],
    ];
    for (const [options, sentence] of cases) {
      const { status, text } = await get('/channels', {}, options);
      assert.equal(status, 401);
      if (sentence instanceof RegExp) assert.match(text, sentence);
      else assert.equal(text, sentence);
    }
  });

  test('§2.2 an unknown application is 404 before anything else', async () => {
    const env = { ...stack.env, APP_ID: 'no such' };
    for (const method of ['GET', 'POST', 'DELETE']) {
      const { status, text } = await askApi(env, method, '/channels');
      assert.deepEqual([status, text], [404, 'No matching application for ID [no such].']);
    }
  });

  test('§2.2 a disabled application is 403, whatever the signature', async () => {
    const env = { ...stack.env, ...DISABLED };
    for (const options of [{}, { writeSignature: () => '0'.repeat(64) }]) {
      const { status, text } = await askApi(env, 'GET', '/channels', options);
      assert.deepEqual([status, text], [403, 'Application disabled.']);
    }
  });

  test('§2.2 applications do not see each other', async () => {
    const other = { ...stack.env, ...SECOND };
    const ours = await subscriber('news');
    const theirs = await PusherSocket.connect(other);
    await theirs.join('news');

    await publisher(other).trigger('news', 'theirs', {});
    await sdk().trigger('news', 'ours', {});

    assert.deepEqual(await received(ours), [['ours', 'news']]);
    assert.deepEqual(await received(theirs), [['theirs', 'news']]);
    assert.deepEqual((await askApi(other, 'GET', '/connections')).body, { connections: 1 });
    const stranger = { ...other, APP_KEY: stack.env.APP_KEY };
    assert.equal((await askApi(stranger, 'GET', '/channels')).status, 401);
  });

  test('§2.3 an escaped path may be signed escaped or decoded, and is decoded once', async () => {
    const { APP_ID } = stack.env;
    await subscriber('presence-a,b', '7');
    for (const options of [{}, { signedPath: `/apps/${APP_ID}/channels/presence-a,b` }]) {
      const { status, body } = await get('/channels/presence-a%2Cb', {}, options);
      assert.equal(status, 200);
      assert.deepEqual(body, { occupied: true });
    }
    const twice = await get('/channels/presence-a%252Cb');
    assert.deepEqual([twice.status, twice.text], [400, 'Invalid channel name [presence-a%2Cb].']);
  });

  test('§9 a signature in upper-case hex is refused', async () => {
    const writeSignature = (hex) => hex.toUpperCase();

    assert.equal((await get('/channels', {}, { writeSignature })).status, 401);
  });

  test('§9 HEAD: signed as HEAD or GET, without a body, and the connection stays in step', async () => {
    for (const signedMethod of ['HEAD', 'GET']) {
      const { status, headers, text } = await askApi(stack.env, 'HEAD', '/channels', {
        signedMethod,
      });
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'application/json');
      assert.equal(text, '');
      assert.deepEqual((await get('/channels')).body, { channels: {} });
    }
  });

  // --- §3 Triggering events ----------------------------------------------------------------------

  test('§3.1 channels wins over channel; a channel that is named twice gets one event', async () => {
    const red = await subscriber('red');
    const blue = await subscriber('blue');

    const { status } = await post(
      '/events',
      event({ channels: ['red', 'red'], channel: 'blue', socket_id: null, info: null }),
    );

    assert.equal(status, 200);
    assert.deepEqual(await received(red), [['made', 'red']]);
    assert.deepEqual(await received(blue), []);
  });

  test('§3.1 one invalid channel name, and nothing is sent', async () => {
    const red = await subscriber('red');

    const { status, text } = await post('/events', event({ channels: ['red', 'x y'] }));

    assert.deepEqual([status, text], [400, 'Invalid channel name [x y].']);
    assert.deepEqual(await received(red), []);
  });

  test('§3.1 100 channels pass, 101 do not', async () => {
    const names = Array.from({ length: 101 }, (_, index) => `c${index}`);

    assert.equal((await post('/events', event({ channels: names.slice(1) }))).status, 200);
    assert.equal((await post('/events', event({ channels: names }))).status, 400);
  });

  test('§3.1 info that is no string is 400', async () => {
    for (const info of [1, ['user_count'], {}, true]) {
      const { status, text } = await post('/events', event({ channel: 'red', info }));
      assert.deepEqual([status, text], [400, 'The info field must be a string.']);
    }
  });

  test('§3.1 #server-to-user-… reaches whoever is signed in as that user', async () => {
    const [seven, eight] = [await signedIn('7'), await signedIn('8')];

    await sdk().sendToUser('7', 'notice', { m: 1 });

    assert.deepEqual(await received(seven), [['notice', '#server-to-user-7']]);
    assert.deepEqual(await received(eight), []);
  });

  test('§3.2 a channel without subscribers is 200', async () => {
    assert.deepEqual(await json(sdk().trigger('nobody-here', 'made', {})), {});
  });

  test('§3.3 info: an entry per distinct channel, user_count counts users', async () => {
    for (const id of ['7', '7', '8']) await subscriber('presence-room.1', id);
    await subscriber('news');
    await subscriber('private-x');

    const channels = ['presence-room.1', 'news', 'news', 'private-x', 'empty'];
    const answer = await json(sdk().trigger(channels, 'made', {}, { info: 'user_count' }));
    assert.deepEqual(answer, {
      channels: { 'presence-room.1': { user_count: 2 }, news: {}, 'private-x': {}, empty: {} },
    });
    const both = await json(
      sdk().trigger(['presence-room.1', 'news'], 'made', {}, {
        info: 'user_count,subscription_count',
      }),
    );
    assert.deepEqual(both, {
      channels: {
        'presence-room.1': { user_count: 2, subscription_count: 3 },
        news: { subscription_count: 1 },
      },
    });
  });

  test('§3.4 batch: delivered in array order, one socket left out, answer {}', async () => {
    const ana = await subscriber('news');
    const beto = await subscriber('news');
    await ana.join('room');
    const batch = [
      { channel: 'news', name: 'first', data: { n: 1 } },
      { channel: 'room', name: 'second', data: 'text' },
      { channel: 'news', name: 'third', data: {}, socket_id: beto.id },
    ];

    assert.deepEqual(await json(sdk().triggerBatch(batch)), {});

    assert.deepEqual(await received(ana), [
      ['first', 'news'],
      ['second', 'room'],
      ['third', 'news'],
    ]);
    assert.deepEqual(await received(beto), [['first', 'news']]);
  });

  test('§3.4 batch: info in the order of the request, {} where none was asked', async () => {
    await subscriber('presence-room.1', '7');
    const batch = [
      { channel: 'news', name: 'a', data: {} },
      { channel: 'presence-room.1', name: 'b', data: {}, info: 'user_count' },
      { channel: 'nobody-here', name: 'c', data: {}, info: 'subscription_count' },
    ];

    assert.deepEqual(await json(sdk().triggerBatch(batch)), {
      batch: [{}, { user_count: 1 }, { subscription_count: 0 }],
    });
  });

  const BAD_ITEMS = {
    'no name': { channel: 'news', data: '{}' },
    'a reserved name': { channel: 'news', name: 'pusher:x', data: '{}' },
    'no channel': { name: 'made', data: '{}' },
    'an invalid channel': { channel: 'x y', name: 'made', data: '{}' },
    'two channels': { channels: ['news', 'room'], name: 'made', data: '{}' },
    'data that is no string': { channel: 'news', name: 'made', data: {} },
    'an invalid socket_id': { channel: 'news', name: 'made', data: '{}', socket_id: '1' },
    'info that is no string': { channel: 'news', name: 'made', data: '{}', info: 1 },
    'a number instead of an event': 5,
    'data that is too large': { channel: 'news', name: 'made', data: 'x'.repeat(LARGEST + 1) },
  };
  for (const [kind, item] of Object.entries(BAD_ITEMS)) {
    test(`§3.4 batch: nothing is sent when one item has ${kind}`, async () => {
      const news = await subscriber('news');

      const { status, headers } = await post('/batch_events', {
        batch: [event({ channel: 'news' }), item],
      });

      assert.equal(status, kind === 'data that is too large' ? 413 : 400);
      assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.deepEqual(await received(news), []);
    });
  }

  test('§3.4 batch: channels with exactly one name is accepted', async () => {
    const news = await subscriber('news');

    assert.equal(
      (await post('/batch_events', { batch: [event({ channels: ['news'] })] })).status,
      200,
    );
    assert.deepEqual(await received(news), [['made', 'news']]);
  });

  test('§3.4 batch: 1 to 10 items', async () => {
    const items = (count) => ({ batch: Array(count).fill(event({ channel: 'news' })) });

    assert.equal((await post('/batch_events', items(10))).status, 200);
    for (const body of [items(11), items(0), {}, { batch: {} }, { batch: null }, []]) {
      assert.equal((await post('/batch_events', body)).status, 400, JSON.stringify(body));
    }
  });

  test('§3.4 batch: ten events of the largest size, all of it escaped, pass', async () => {
    const data = '\u0001'.repeat(LARGEST);
    const batch = Array(10).fill(event({ channel: 'news', data }));

    assert.equal((await post('/batch_events', { batch })).status, 200);
  });

  test('§9 invalid UTF-8 or a lone surrogate in a batch: 400, nothing sent', async () => {
    const news = await subscriber('news');
    const good = JSON.stringify(event({ channel: 'news' }));
    for (const data of ['\xff', '\\ud800']) {
      const bad = `{"channel":"news","name":"made","data":"${data}"}`;
      const body = Buffer.from(`{"batch":[${good},${bad}]}`, 'latin1');
      assert.equal((await post('/batch_events', body)).status, 400);
    }
    assert.deepEqual(await received(news), []);
  });

  test('§3.5 unknown attributes and those of another kind of channel are left out', async () => {
    await subscriber('news');
    await subscriber('presence-room.1', '7');
    const info = 'nonsense,user_count,subscription_count,,user_count';

    assert.deepEqual((await get('/channels', { info })).body, {
      channels: {
        news: { subscription_count: 1 },
        'presence-room.1': { user_count: 1, subscription_count: 1 },
      },
    });
  });

  test('§3.5 cache: the event with its remaining seconds, null when empty', async () => {
    const empty = await get('/channels/cache-empty', { info: 'cache' });
    assert.deepEqual(empty.body, { occupied: false, cache: null });

    await sdk().trigger('cache-prices', 'changed', { price: 1 });
    const { body } = await get('/channels/cache-prices', { info: 'cache' });

    const { ttl, ...rest } = body.cache;
    assert.deepEqual(rest, { data: '{"price":1}', event: 'changed', channel: 'cache-prices' });
    assert.ok(Number.isInteger(ttl) && ttl > 0 && ttl <= 1800, `ttl ${ttl}`);
  });

  test('§3.5 occupied: where it is asked for', async () => {
    await subscriber('news');

    const answer = await json(
      sdk().trigger(['news', 'nobody-here'], 'made', {}, { info: 'occupied' }),
    );

    assert.deepEqual(answer, {
      channels: { news: { occupied: true }, 'nobody-here': { occupied: false } },
    });
  });

  // --- §4 Queries --------------------------------------------------------------------------------

  test('§4 E3: an object even without subscribers', async () => {
    assert.deepEqual(await json(sdk().get({ path: '/channels' })), { channels: {} });
  });

  test('§4 E3: occupied channels by prefix, without the internal ones', async () => {
    const user = await signedIn('7');
    user.send('pusher:subscribe', { auth: '', channel: '#server-to-user-7' });
    await user.next('pusher_internal:subscription_succeeded');
    await subscriber('news');
    await subscriber('presence-room.1', '7');
    await subscriber('presence-room.2', '7');

    assert.deepEqual(await json(sdk().get({ path: '/channels', params: {} })), {
      channels: { news: {}, 'presence-room.1': {}, 'presence-room.2': {} },
    });
    const params = { filter_by_prefix: 'presence-', info: 'user_count' };
    assert.deepEqual(await json(sdk().get({ path: '/channels', params })), {
      channels: { 'presence-room.1': { user_count: 1 }, 'presence-room.2': { user_count: 1 } },
    });
    const { body } = await get('/channels', { filter_by_prefix: '#server' });
    assert.deepEqual(body, { channels: {} });
  });

  test('§4 E3: a channel that was left is not listed', async () => {
    const socket = await subscriber('news');
    socket.send('pusher:unsubscribe', { channel: 'news' });
    await socket.settled();

    assert.deepEqual((await get('/channels')).body, { channels: {} });
  });

  test('§4 E4: always says whether it is occupied', async () => {
    await subscriber('presence-room.1', '7');

    assert.deepEqual(await json(sdk().get({ path: '/channels/nobody-here' })), { occupied: false });
    assert.deepEqual(
      await json(sdk().get({ path: '/channels/presence-room.1', params: { info: 'user_count' } })),
      { occupied: true, user_count: 1 },
    );
    assert.deepEqual((await get('/channels/presence-room.1')).body, { occupied: true });
  });

  test('§4 E4: an invalid channel name is 400', async () => {
    const { status, text } = await get('/channels/x%20y');
    assert.deepEqual([status, text], [400, 'Invalid channel name [x y].']);
  });

  test('§4 E5: distinct users, their ids as strings', async () => {
    for (const id of ['7', '7', '8']) await subscriber('presence-room.1', id);

    const { users } = await json(sdk().get({ path: '/channels/presence-room.1/users' }));

    assert.deepEqual(users.map(({ id }) => id).sort(), ['7', '8']);
  });

  test('§4 E5: an empty presence channel is 200, any other channel is 400', async () => {
    await subscriber('news');

    assert.deepEqual((await get('/channels/presence-empty/users')).body, { users: [] });
    for (const channel of ['news', 'private-presence-x', 'nobody-here']) {
      const { status, text } = await get(`/channels/${channel}/users`);
      assert.deepEqual([status, text], [400, 'The channel must be a presence channel.']);
    }
  });

  test('§4 E6: closes the connections that are signed in or present as the user, and no other', async () => {
    const ended = [await signedIn('7'), await subscriber('presence-room.1', '7')];
    const spared = [
      await signedIn('8'),
      await subscriber('presence-room.1', '8'),
      await subscriber('news'), // whose channel knows no user_id
      await connect(),
    ];

    assert.deepEqual(await json(sdk().terminateUserConnections('7')), {});

    for (const socket of ended) {
      const { data } = await socket.next('pusher:error');
      assert.deepEqual(data, { code: 4009, message: 'You got disconnected by the app.' });
      assert.equal((await socket.ended()).code, 4009);
    }
    for (const socket of spared) await socket.settled();
    assert.equal(await connections(), spared.length);
  });

  test('§4 E6: {} also if nobody matched, whatever the body', async () => {
    for (const body of ['', '{}', 'not JSON', '[1]']) {
      const { status, body: answer } = await post('/users/nobody/terminate_connections', body);
      assert.equal(status, 200);
      assert.deepEqual(answer, {});
    }
  });

  test('§9 user ids in paths: 1 to 128 characters, decoded once', async () => {
    const terminate = (id, options) => post(`/users/${id}/terminate_connections`, '{}', options);
    const { APP_ID } = stack.env;

    for (const id of ['a%20b', '%C3%B1'.repeat(128), 'x'.repeat(128), 'a%2Fb', '%2523']) {
      assert.equal((await terminate(id)).status, 200, id);
    }
    const signedPath = `/apps/${APP_ID}/users/a b/terminate_connections`;
    assert.equal((await terminate('a%20b', { signedPath })).status, 200);
    for (const id of ['x'.repeat(129), '%FF']) {
      assert.equal((await terminate(id)).status, 400, id);
    }
  });

  test('§4 E7: every established socket counts, subscribed or not', async () => {
    await connect();
    await subscriber('news');

    assert.deepEqual((await get('/connections')).body, { connections: 2 });
  });

  // --- §5 Errors ---------------------------------------------------------------------------------

  test('§5.2 errors are one sentence of plain text', async () => {
    const answers = [
      await post('/events', event({ channel: 'x y' })),
      await get('/channels', {}, { auth: { auth_key: 'other' } }),
      await askApi(stack.env, 'PUT', '/channels'),
    ];
    for (const { headers, text } of answers) {
      assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.match(text, /^[A-Z].*\.$/);
    }
  });

  test('§5.2 the SDK shows status and sentence', async () => {
    await assert.rejects(sdk().triggerBatch([{ channel: 'x y', name: 'made', data: {} }]), {
      status: 400,
      body: 'batch.0: Invalid channel name [x y].',
    });
  });

  test('§5.1 without the worker every question is 503 with Retry-After', async () => {
    await stack.stop('worker');
    try {
      for (const [name, ask] of Object.entries(ENDPOINTS)) {
        const { status, headers } = await ask();
        assert.deepEqual([status, headers.get('retry-after')], [503, '1'], name);
      }
    } finally {
      await stack.start('worker');
    }
  });
}

withStack('the Pusher HTTP API', 'nginx', defineTests, { settings: { PREGON_APPS: appsFile, PREGON_WORKER_TIMEOUT_MS: '5000' } });
