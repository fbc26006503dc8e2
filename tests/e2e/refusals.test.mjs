// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { paymentNotice, postNotification } from './support/payments.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { request } from './support/request.mjs';
import { channelAuth, postEvent, signedPath } from './support/signing.mjs';
import { behindEachFront } from './support/stack.mjs';

behindEachFront('refused', (stack) => {
  afterEach(() => PusherSocket.closeAll());

  const privateChannel = () => `private-commerce.${stack.env.COMMERCE_A}`;

  const FORGED = {
    'a made-up signature': ({ APP_KEY }) => `${APP_KEY}:${'0'.repeat(64)}`,
    'no signature': () => '',
    'another secret': (env, id, channel) =>
      channelAuth({ ...env, APP_SECRET: 'guessed' }, id, channel),
    "another socket's signature": (env, id, channel) => channelAuth(env, '1234.5678', channel),
    "another channel's signature": (env, id) => channelAuth(env, id, 'private-commerce.0'),
    "another application's key": (env, id, channel) =>
      channelAuth({ ...env, APP_KEY: 'other' }, id, channel),
    'the signature without the key': (env, id, channel) =>
      channelAuth(env, id, channel).split(':')[1],
    'the signature in upper case': ({ APP_KEY, ...env }, id, channel) =>
      `${APP_KEY}:${channelAuth({ APP_KEY, ...env }, id, channel)
        .split(':')[1]
        .toUpperCase()}`,
  };
  for (const [kind, forge] of Object.entries(FORGED)) {
    test(`subscription with ${kind}: 4009, the socket stays, nothing is delivered`, async () => {
      const socket = await PusherSocket.connect(stack.env);
      await socket.join('news');
      const channel = privateChannel();

      socket.send('pusher:subscribe', { channel, auth: forge(stack.env, socket.id, channel) });
      const { data } = await socket.next('pusher:error');

      assert.deepEqual(data, { code: 4009, message: 'Connection is unauthorized' });
      assert.equal((await postEvent(stack.env, { name: 'secret', channel, data: {} })).status, 200);
      assert.equal(
        (await postEvent(stack.env, { name: 'marker', channel: 'news', data: {} })).status,
        200,
      );
      await socket.next('marker');
      assert.equal(
        socket.inbox.all.some(({ event }) => event === 'secret'),
        false,
      );
    });
  }

  test('an unknown application key: 4001, then Close 4001', async () => {
    const socket = new PusherSocket(stack.env, { key: 'no-such-key' });

    const { data } = await socket.next('pusher:error');

    assert.deepEqual(data, { code: 4001, message: 'Application does not exist' });
    assert.deepEqual(await socket.ended(), { code: 4001, reason: 'Application does not exist' });
  });

  test('an old protocol version: 4007, then Close 4007', async () => {
    const socket = new PusherSocket(stack.env, { query: 'protocol=3' });

    assert.equal((await socket.next('pusher:error')).data.code, 4007);
    assert.equal((await socket.ended()).code, 4007);
  });

  test('HTTP where a WebSocket is expected: 426', async () => {
    assert.equal((await request(stack.env, `/app/${stack.env.APP_KEY}`)).status, 426);
  });

  function askAuth(
    path,
    { socketId = '1234.5678', channel = privateChannel(), authorization = null },
  ) {
    return request(stack.env, path, {
      method: 'POST',
      headers: authorization ? { Authorization: authorization } : {},
      body: new URLSearchParams({ socket_id: socketId, channel_name: channel }),
    });
  }
  const bearerA = () => `Bearer ${stack.env.TOKEN_A}`;

  test('the own channel is signed, as a counter-check', async () => {
    for (const path of ['/api/broadcasting/auth', '/broadcasting/auth']) {
      const { status, body } = await askAuth(path, { authorization: bearerA() });
      assert.equal(status, 200);
      assert.deepEqual(body, { auth: channelAuth(stack.env, '1234.5678', privateChannel()) });
    }
  });

  const FOREIGN = {
    "another shop's channel": () => `private-commerce.${stack.env.COMMERCE_B}`,
    'a number that only looks equal': () => `private-commerce.0${stack.env.COMMERCE_A}`,
    'an unknown channel': () => 'private-nothing.1',
    'a public channel': () => `commerce.${stack.env.COMMERCE_A}`,
    'a presence channel whose rule has no presence': () =>
      `presence-commerce.${stack.env.COMMERCE_A}`,
  };
  for (const [kind, channel] of Object.entries(FOREIGN)) {
    test(`auth for ${kind}: 403`, async () => {
      const { status, body } = await askAuth('/api/broadcasting/auth', {
        authorization: bearerA(),
        channel: channel(),
      });
      assert.equal(status, 403);
      assert.equal('auth' in Object(body), false);
    });
  }

  const BAD_TOKENS = {
    'no token': () => null,
    'an unknown token': () => 'Bearer 999|abcdefghijklmnopqrstuvwxyz',
    'a token with one letter changed': () =>
      bearerA().replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
    'a token under another id': () => bearerA().replace(/\d+\|/, '2000000|'),
    'an empty token': () => 'Bearer ',
    'another scheme': () => `Basic ${stack.env.TOKEN_A}`,
  };
  for (const [kind, authorization] of Object.entries(BAD_TOKENS)) {
    test(`${kind}: 401 with Sanctum, 403 at the stock route, no payment`, async () => {
      const header = authorization();
      const sanctum = await askAuth('/api/broadcasting/auth', { authorization: header });
      assert.equal(sanctum.status, 401);
      assert.deepEqual(sanctum.body, { message: 'Unauthenticated.' });
      assert.equal((await askAuth('/broadcasting/auth', { authorization: header })).status, 403);
      const payment = await postNotification(
        stack.env,
        null,
        paymentNotice(stack.env.DEVICE_A),
        header ? { Authorization: header } : {},
      );
      assert.equal(payment.status, 401);
      assert.deepEqual(payment.body, { message: 'Unauthenticated.' });
    });
  }

  for (const socketId of [
    '',
    'abc',
    '1234',
    '1234.',
    '1234.5678:private-x',
    '1234.5678\n',
    '-1.2',
  ]) {
    test(`auth with the socket id ${JSON.stringify(socketId)}: 400`, async () => {
      assert.equal(
        (await askAuth('/api/broadcasting/auth', { authorization: bearerA(), socketId })).status,
        400,
      );
    });
  }

  const BODY = JSON.stringify({ name: 'forged', channel: 'news', data: '{}' });
  const secondsAgo = (seconds) => String(Math.floor(Date.now() / 1000) - seconds);
  const UNSIGNED = {
    'without a signature': (env) => `/apps/${env.APP_ID}/events`,
    'with a made-up signature': (env) =>
      signedPath(env, BODY).replace(/auth_signature=.*/, `auth_signature=${'0'.repeat(64)}`),
    'signed with another secret': (env) => signedPath({ ...env, APP_SECRET: 'guessed' }, BODY),
    'replayed after eleven minutes': (env) =>
      signedPath(env, BODY, { overrides: { auth_timestamp: secondsAgo(660) } }),
    'dated eleven minutes ahead': (env) =>
      signedPath(env, BODY, { overrides: { auth_timestamp: secondsAgo(-660) } }),
    'with another body than the signed one': (env) =>
      signedPath(env, BODY.replace('forged', 'signed')),
    "without the body's digest": (env) =>
      signedPath(env, BODY, { overrides: { body_md5: undefined } }),
    'of another version': (env) => signedPath(env, BODY, { overrides: { auth_version: '2.0' } }),
    'with another key': (env) => signedPath(env, BODY, { overrides: { auth_key: 'other' } }),
    'with a parameter that was not signed': (env) =>
      signedPath(env, BODY).replace('?', '?info=user_count&'),
  };
  for (const [kind, path] of Object.entries(UNSIGNED)) {
    test(`an event ${kind}: 401, and nobody gets it`, async () => {
      const socket = await PusherSocket.connect(stack.env);
      await socket.join('news');

      const { status } = await request(stack.env, path(stack.env), { method: 'POST', body: BODY });

      assert.equal(status, 401);
      await postEvent(stack.env, { name: 'marker', channel: 'news', data: {} });
      await socket.next('marker');
      assert.equal(
        socket.inbox.all.some(({ event }) => event === 'forged'),
        false,
      );
    });
  }

  test('an event for an unknown application: 404', async () => {
    const path = signedPath(stack.env, BODY, { path: '/apps/no-such-app/events' });
    assert.equal((await request(stack.env, path, { method: 'POST', body: BODY })).status, 404);
  });

  const MALFORMED = {
    'not JSON': '{bad json',
    'no body': '',
    'a list': '[]',
    'no name': '{"channel":"news","data":"{}"}',
    'no channel': '{"name":"x","data":"{}"}',
    'no data': '{"name":"x","channel":"news"}',
    'data that is no string': '{"name":"x","channel":"news","data":{}}',
    'a channel name with a space': '{"name":"x","channel":"a b","data":"{}"}',
    'a reserved event name':
      '{"name":"pusher:connection_established","channel":"news","data":"{}"}',
    'a malformed socket_id': '{"name":"x","channel":"news","data":"{}","socket_id":"abc"}',
    'invalid UTF-8': Buffer.from('{"name":"x","channel":"news","data":"\xff"}', 'latin1'),
    'a lone surrogate': '{"name":"x","channel":"news","data":"\\ud800"}',
  };
  for (const [kind, body] of Object.entries(MALFORMED)) {
    test(`a signed event with ${kind}: 400`, async () => {
      const overrides = body === '' ? { body_md5: undefined } : {};
      const answer = await request(stack.env, signedPath(stack.env, body, { overrides }), {
        method: 'POST',
        body,
      });
      assert.equal(answer.status, 400, answer.text);
    });
  }

  test('a wrong method on a known path: 405 with Allow', async () => {
    const { status, headers } = await request(stack.env, '/api/broadcasting/auth', {
      method: 'DELETE',
    });
    assert.equal(status, 405);
    assert.match(headers.get('allow') ?? '', /POST/);
  });
});
