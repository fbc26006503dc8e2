// SPDX-License-Identifier: MIT

// What a publisher's HTTP client may do on its connection, named after the sections of the HTTP
// API's description.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { HttpConnection } from '../support/http_connection.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { signedResource } from '../support/signed_request.mjs';
import { behindEachFront } from '../support/stack.mjs';

const DATA_LIMIT = 10240;
const BODY_LIMIT = 1048576;

behindEachFront('HTTP connections', (stack) => {
  const opened = [];
  afterEach(() => {
    opened.splice(0).forEach((connection) => connection.close());
    PusherSocket.closeAll();
  });

  function open() {
    const connection = new HttpConnection(stack.env);
    opened.push(connection);
    return connection;
  }

  const event = (data, name = 'made') => JSON.stringify({ name, channel: 'news', data });
  const signed = (method, resource, options) =>
    signedResource(stack.env, method, resource, options);
  const post = (connection, body, options = {}) =>
    connection.ask('POST', signed('POST', '/events', { body }), { body, ...options });
  const get = (connection, resource = '/channels') =>
    connection.ask('GET', signed('GET', resource));

  async function subscriber() {
    const socket = await PusherSocket.connect(stack.env);
    await socket.join('news');
    return socket;
  }

  async function received(socket) {
    await socket.settled();
    return socket.inbox.all.filter(({ channel, event: name }) => channel && !/^pusher/.test(name));
  }

  const CHUNKINGS = {
    'one chunk': (body) => [body],
    'many chunks': (body) => body.match(/[^]{1,1000}/g),
    'chunks of one byte': (body) => [...body.slice(0, 200), body.slice(200)],
  };
  for (const [kind, cut] of Object.entries(CHUNKINGS)) {
    test(`§5.2 a chunked body without a length is read whole: ${kind}`, async () => {
      const socket = await subscriber();
      const connection = open();
      const data = 'x'.repeat(DATA_LIMIT);
      const body = event(data);

      const { status, text } = await post(connection, body, { body: '', chunks: cut(body) });

      assert.deepEqual([status, text], [200, '{}']);
      assert.deepEqual((await received(socket)).map((message) => message.data), [data]);
      assert.equal((await get(connection)).status, 200);
      assert.equal(connection.opened, 1);
    });
  }

  test('§5.2 the signature covers a chunked body: a changed one is 401', async () => {
    const socket = await subscriber();
    const connection = open();
    const path = signed('POST', '/events', { body: event('1') });

    const { status } = await connection.ask('POST', path, { chunks: [event('2')] });

    assert.equal(status, 401);
    assert.deepEqual(await received(socket), []);
  });

  test('§5.1 a chunked body over the limit: 413, and nobody gets it', async () => {
    const socket = await subscriber();
    const body = event('x'.repeat(BODY_LIMIT));

    const { status, text } = await post(open(), body, {
      body: '',
      chunks: body.match(/[^]{1,60000}/g),
    });

    assert.equal(status, 413);
    assert.equal(text, 'Payload too large.');
    assert.deepEqual(await received(socket), []);
  });

  test('§5.2 Expect: 100-continue gets its 100, then the answer, and the connection stays', async () => {
    const socket = await subscriber();
    const connection = open();
    for (const name of ['first', 'second']) {
      const answer = await post(connection, event('{}', name), {
        headers: { Expect: '100-continue' },
      });
      assert.deepEqual([answer.status, answer.text, answer.continued], [200, '{}', true]);
    }
    assert.deepEqual((await received(socket)).map((message) => message.event), ['first', 'second']);
    assert.equal(connection.opened, 1);
  });

  test('§5.2 keep-alive: signed requests of every kind on one connection', async () => {
    const connection = open();
    for (let round = 0; round < 3; round++) {
      assert.equal((await post(connection, event('{}'))).text, '{}');
      assert.equal((await get(connection)).text, '{"channels":{}}');
      assert.equal((await get(connection, '/connections')).text, '{"connections":0}');
    }
    assert.equal(connection.opened, 1);
  });

  const REFUSED = {
    400: (connection) => post(connection, 'not JSON'),
    401: (connection) => connection.ask('GET', `/apps/${stack.env.APP_ID}/channels`),
    404: (connection) => connection.ask('GET', '/apps/nothing/channels'),
    405: (connection) => connection.ask('PUT', signed('PUT', '/channels'), { body: 'x' }),
    '413 for its data': (connection) => post(connection, event('x'.repeat(DATA_LIMIT + 1))),
    '413 for its body': (connection) => post(connection, event('x'.repeat(BODY_LIMIT))),
  };
  for (const [kind, ask] of Object.entries(REFUSED)) {
    test(`§5.2 keep-alive: the connection stays in step after a ${kind}`, async () => {
      const connection = open();
      for (let round = 0; round < 3; round++) {
        const { status, headers, text } = await ask(connection);
        assert.equal(status, Number.parseInt(kind, 10), text);
        assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
        assert.equal((await post(connection, event('{}'))).text, '{}');
      }
      assert.equal(connection.opened, 1);
    });
  }

  test('§9 HEAD: the headers of the GET, no body, and the connection stays in step', async () => {
    const connection = open();
    for (const signedMethod of ['HEAD', 'GET']) {
      const path = signed('HEAD', '/channels', { signedMethod });
      const { status, headers, text } = await connection.ask('HEAD', path);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'application/json');
      assert.equal(text, '');
      assert.equal((await get(connection)).text, '{"channels":{}}');
    }
    const up = await connection.ask('HEAD', '/up');
    assert.deepEqual([up.status, up.text], [200, '']);
    assert.equal((await connection.ask('GET', '/up')).text, '{"health":"OK"}');
    assert.equal(connection.opened, 1);
  });

  const ALLOWED = {
    '/events': ['GET', 'POST'],
    '/batch_events': ['PUT', 'POST'],
    '/channels': ['POST', 'GET, HEAD'],
    '/channels/news': ['DELETE', 'GET, HEAD'],
    '/channels/presence-room.1/users': ['PATCH', 'GET, HEAD'],
    '/users/7/terminate_connections': ['HEAD', 'POST'],
    '/connections': ['OPTIONS', 'GET, HEAD'],
  };
  for (const [resource, [method, allowed]] of Object.entries(ALLOWED)) {
    test(`§1 a wrong method is 405 with Allow: ${method} ${resource}`, async () => {
      const connection = open();

      const { status, headers } = await connection.ask(method, signed(method, resource));

      assert.deepEqual([status, headers.allow], [405, allowed]);
      assert.equal((await get(connection)).status, 200);
      assert.equal(connection.opened, 1);
    });
  }
});
