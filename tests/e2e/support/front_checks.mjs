// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { connectPusher, publisher, subscribe } from './clients.mjs';
import { curl } from './front.mjs';
import { Inbox, until } from './inbox.mjs';
import { paymentNotice } from './payments.mjs';
import { request } from './request.mjs';

/** Another address than the web server's own, so that one is not taken for the other. */
export const CLIENT_ADDRESS = '127.0.0.77';

/** Lets a web server that does not run as this user reach the sockets of a stack. */
export function openSockets(stack) {
  const folder = path.dirname(stack.values().PREGON_IPC_SOCKET);
  for (const each of [stack.dir, folder]) chmodSync(each, 0o711);
  for (const name of ['ws.sock', 'fcgi.sock']) chmodSync(path.join(folder, name), 0o666);
}

/** pusher-js and pusher's options for `env`: TLS if its addresses say so; `prefix` of all paths. */
const isSecure = (env) => env.HTTP_URL.startsWith('https:');
const socketOptions = (env, prefix) => {
  const { port } = new URL(env.WS_URL);
  return {
    forceTLS: isSecure(env),
    wssPort: Number(port),
    wsPath: prefix,
    authEndpoint: `${env.HTTP_URL}${prefix}/api/broadcasting/auth`,
  };
};
const publisherOf = (env, prefix) => {
  const { host } = new URL(env.HTTP_URL);
  return publisher(env, { useTLS: isSecure(env), host: host + prefix, port: undefined });
};

/** Paths of the application that begin as Pregón's do, or have their names. */
const NEIGHBOURS = [
  ...['/', '/login?next=1', '/application', '/api/user', '/upload', '/up/x'],
  ...['/app', '/app/', '/app/settings/profile', '/app/a/b/c?x=1'],
  ...['/apps', '/apps/', '/apps/store', '/apps/1', '/apps/1/settings', '/apps/1/events/2'],
  ...['/apps/1/channels/a/b', '/apps/1/users/2', '/users/5'],
  ...['/broadcasting', '/broadcasting/other', '/broadcasting/auth/x', '/broadcasting/authors'],
  ...['/api/broadcasting/x', '/api/broadcasting/auth2'],
  ...['/api/notifications-export', '/api/notifications/', '/api/notifications/export'],
  ...['/api/notifications/5/read', '/api/notifications/5/status/log', '/api/notifications/x5'],
];
/** A path, and the status of Pregón's answer to a plain GET. */
const OWN = [
  ['/up', 200],
  ['/up?check=store', 200],
  ['/app/settings', 426], // one segment may be a key
  ['/apps/1/events', 404], // no such application is there
  ['/apps/1/batch_events', 404],
  ['/apps/1/channels', 404],
  ['/apps/1/channels/presence-a', 404],
  ['/apps/1/channels/presence-a/users', 404],
  ['/apps/1/connections', 404],
  ['/apps/1/users/a/terminate_connections', 404],
  ['/users/a/terminate_connections', 405],
  ['/broadcasting/auth', 403],
  ['/broadcasting/user-auth', 404], // no rule for it here
  ['/api/broadcasting/auth', 401],
  ['/api/broadcasting/user-auth', 404],
  ['/api/notifications', 401],
  ['/api/notifications?page=2', 401],
  ['/api/notifications/statistics', 401],
  ['/api/notifications/5', 401],
  ['/api/notifications/5/status', 405],
];

/** The HTTP status that an attempt to open a WebSocket gets. */
const upgradeStatus = (env, uri) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${env.WS_URL}${uri}`, { servername: 'localhost' });
    socket.on('upgrade', (answer) => resolve(answer.statusCode));
    socket.on('open', () => socket.close());
    socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode));
    socket.on('error', reject);
  });

/**
 * On the application's domain Pregón has what it answers and nothing else. `isApplication(answer,
 * uri)` fails for an answer that is not the application's to that path; `applicationHas` are paths of
 * Pregón's that the site leaves to it.
 */
export function checkNeighbours(front, { env, isApplication, applicationHas = [] }) {
  test("the application answers the rest, also what only looks like Pregón's", async () => {
    for (const uri of [...NEIGHBOURS, ...applicationHas]) isApplication(await request(env(), uri), uri);
  });

  test('what Pregón answers reaches it', async () => {
    for (const [uri, status] of OWN.filter(([own]) => !applicationHas.includes(own.split('?')[0])))
      assert.deepEqual([uri, (await request(env(), uri)).status], [uri, status]);
  });

  test('with an Upgrade header all that is below /app/ is a WebSocket, and no other path', async () => {
    for (const uri of ['/app/settings', '/app/base64:a/b=', `/app/${env().APP_KEY}`])
      assert.deepEqual([uri, await upgradeStatus(env(), uri)], [uri, 101]);
    assert.equal(await upgradeStatus(env(), '/apps/store'), 200); // the application's page
  });
}

/**
 * What every web server must do for every application: `front` is up when the tests run, and
 * `env()` gives the addresses to test. `http2`: also over HTTP/2.
 */
export function checkFront(front, { env, http2 = true, prefix = '' }) {
  test('an event signed by the pusher SDK reaches pusher-js on a private channel', async () => {
    const { COMMERCE_A, TOKEN_A } = env();
    const channel = `private-commerce.${COMMERCE_A}`;
    const pusher = await connectPusher(env(), TOKEN_A, socketOptions(env(), prefix));
    const inbox = await subscribe(pusher, channel);

    await publisherOf(env(), prefix).trigger(channel, 'paid', { amount: 25.5 });

    const { data } = await inbox.next(({ event }) => event === 'paid');
    assert.deepEqual(data, { amount: 25.5 });
  });

  test('a key with a resume token passes, and what was missed comes', async () => {
    const soon = Date.now() + 3000; // the page is younger than the worker, whose clock is another
    const token = `${soon.toString(36)}.front-_${Math.random().toString(36).slice(2)}`;
    const options = socketOptions(env(), prefix);
    const withToken = { ...env(), APP_KEY: `${env().APP_KEY}~${token}` };
    const pusher = await connectPusher(withToken, undefined, options);
    const inbox = await subscribe(pusher, 'resumed');
    pusher.disconnect();
    const sdk = publisherOf(env(), prefix);
    await sdk.trigger('resumed', 'missed', {});
    pusher.connect();
    await inbox.next(({ event }) => event === 'missed');
    assert.equal(inbox.all.filter(({ event }) => event === 'pregon:replay').length, 1);
  });

  for (const version of http2 ? ['1.1', '2'] : ['1.1'])
    test(`a phone's payment by curl over HTTP/${version}: 201, and the dashboard shows it`, async () => {
      const { COMMERCE_A, DEVICE_A, HTTP_URL, TOKEN_A } = env();
      const pusher = await connectPusher(env(), TOKEN_A, socketOptions(env(), prefix));
      const inbox = await subscribe(pusher, `private-commerce.${COMMERCE_A}`);
      const notice = paymentNotice(DEVICE_A);

      const answer = curl(
        ...(isSecure(env()) ? ['--cacert', front().certificate.file] : []),
        ...[version === '2' ? '--http2' : '--http1.1', '-w', '\n%{http_version} %{http_code}'],
        ...['-H', `Authorization: Bearer ${TOKEN_A}`, '-H', 'Content-Type: application/json'],
        ...['-d', JSON.stringify(notice), `${HTTP_URL}${prefix}/api/notifications`],
      );

      assert.equal(answer.split('\n').at(-1), `${version} 201`, answer);
      const { data } = await inbox.next(({ event }) => event === 'notification.created');
      assert.equal(data.body, notice.body);
    });

  test("a body above the limit of the responder gets its answer, not the web server's", async () => {
    const { TOKEN_A } = env();
    const answer = await request(env(), `${prefix}/api/notifications`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN_A}`, 'Content-Type': 'application/json' },
      body: ' '.repeat(1.5 * 1024 * 1024),
    });
    assert.deepEqual([answer.status, answer.text], [413, 'Payload too large.']);
  });

  test("/app without an upgrade is the worker's 426", async () => {
    assert.equal((await request(env(), `${prefix}/app/${env().APP_KEY}`)).status, 426);
  });

  test("the client's own address reaches worker and responder, whatever it claims", async () => {
    const claim = { 'X-Forwarded-For': '203.0.113.9', 'X-Real-IP': '203.0.113.9' };
    const socket = new WebSocket(`${env().WS_URL}${prefix}/app/${env().APP_KEY}?protocol=7`, {
      localAddress: CLIENT_ADDRESS,
      headers: claim,
      servername: 'localhost',
    });
    const messages = new Inbox('messages');
    socket.on('message', (text) => messages.push(JSON.parse(text)));
    socket.on('error', (error) => messages.end(error));
    const greeting = await messages.next();
    const { socket_id: socketId } = JSON.parse(greeting.data);
    socket.close();
    const { stack } = front();
    const refusal = new RegExp(`auth.*address=${CLIENT_ADDRESS}\\b`, 'g');
    const refusals = () => stack.log('fcgi').match(refusal)?.length ?? 0;
    const before = refusals(); // of other web servers before the same stack

    curl(
      ...(isSecure(env()) ? ['--cacert', front().certificate.file] : []),
      ...Object.entries(claim).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
      ...['--interface', CLIENT_ADDRESS, '-d', 'socket_id=1.2&channel_name=private-nobodys'],
      `${env().HTTP_URL}${prefix}/api/broadcasting/auth`,
    );

    await until(() => stack.log('worker').includes(`socket=${socketId}`), 'the worker logs it');
    const line = stack
      .log('worker')
      .split('\n')
      .find((each) => each.includes(`socket=${socketId}`));
    assert.match(line, new RegExp(`address=${CLIENT_ADDRESS}\\b`));
    await until(() => refusals() > before, 'the responder logs the refusal with the address');
  });
}
