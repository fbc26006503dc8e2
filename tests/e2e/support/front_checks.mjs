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
