// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { FastcgiConnection, fastcgiRequest } from './support/fastcgi.mjs';
import { until } from './support/inbox.mjs';
import { signedResource } from './support/signed_request.mjs';
import { BUILD, readKeyValues, withStack } from './support/stack.mjs';

const UP = { REQUEST_METHOD: 'GET', REQUEST_URI: '/up' };
const POST = { REQUEST_METHOD: 'POST', REQUEST_URI: '/up', CONTENT_TYPE: 'text/plain' };
const MAX_BODY = 20000;
const LIBRARY_BUFFER = 8192;
const SLOW = 40; // more than there are threads
const END_OF_BODY = 8; // an empty record

function pidIn(file) {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function responderSocket(stack) {
  const { PREGON_FCGI_LISTEN } = readKeyValues(path.join(stack.dir, 'pregon.env'));
  return PREGON_FCGI_LISTEN.replace(/^unix:/, '');
}

withStack(
  'FastCGI, kept connections',
  'none',
  (stack) => {
    const opened = [];
    afterEach(() => opened.splice(0).forEach((connection) => connection.destroy()));

    function open(socket = responderSocket(stack)) {
      const connection = new FastcgiConnection(socket);
      opened.push(connection);
      return connection;
    }

    test('one connection serves request after request', async () => {
      const connection = open();
      for (let count = 1; count <= 5; count++) {
        connection.write(fastcgiRequest(UP));
        const answers = await connection.answersOf(count);
        assert.equal(answers.length, count);
        assert.match(answers.at(-1), /^Status: 200 OK\r\n.*\{"health":"OK"\}$/s);
      }
    });

    test('bodies of every length around the buffer of the library leave it in step', async () => {
      const connection = open();
      let count = 0;
      for (let size = 7900; size <= 8250; size++) {
        connection.write(fastcgiRequest(POST, Buffer.alloc(size, 'b')));
        const answers = await connection.answersOf(++count);
        assert.equal(answers.length, count, `no answer to a body of ${size} bytes`);
        assert.match(answers.at(-1), /^Status: 405 /);
      }
    });

    test('bodies that come slowly hold up nobody, however many they are', async () => {
      const body = Buffer.alloc(2 * LIBRARY_BUFFER, 'b');
      const bytes = fastcgiRequest(POST, body);
      const slow = Array.from({ length: SLOW }, () => open());
      for (const connection of slow) connection.write(bytes.subarray(0, LIBRARY_BUFFER));

      const others = open();
      for (let count = 1; count <= SLOW; count++) {
        others.write(fastcgiRequest(UP));
        assert.match((await others.answersOf(count)).at(-1), /^Status: 200 OK/);
      }
      assert.deepEqual(slow.map((connection) => connection.answers().length), slow.map(() => 0));

      for (const connection of slow) connection.write(bytes.subarray(LIBRARY_BUFFER));
      for (const connection of slow) assert.match((await connection.answersOf(1))[0], /^Status: 405 /);
      for (const connection of slow) connection.write(fastcgiRequest(UP)); // it was kept
      for (const connection of slow) assert.match((await connection.answersOf(2))[1], /^Status: 200 OK/);
    });

    test('a body whose sender goes away is no request, and the next is served', async () => {
      const bytes = fastcgiRequest(POST, Buffer.alloc(1000, 'b'));
      const connection = open();
      connection.write(bytes.subarray(0, bytes.length - 500));
      connection.socket.end();
      await connection.ended;
      assert.match(connection.answers()[0] ?? 'Status: 400 ', /^Status: 400 /);
      const next = open();
      next.write(fastcgiRequest(UP));
      assert.match((await next.answersOf(1))[0], /^Status: 200 OK/);
    });

    test('a body that is too large never becomes the next request', async () => {
      const connection = open();
      const body = Buffer.alloc(4 * LIBRARY_BUFFER, 'b');
      // Where the library's next read would begin if it left the rest of the body unread.
      const head = fastcgiRequest(POST, body).length - body.length - END_OF_BODY;
      fastcgiRequest(UP).copy(body, LIBRARY_BUFFER - head);

      connection.write(fastcgiRequest(POST, body));
      await connection.ended;

      const answers = connection.answers();
      assert.ok(answers.length <= 1, `answers to requests that nobody sent: ${answers.length}`);
      if (answers.length === 1) assert.match(answers[0], /^Status: 413 /);
    });

    test('nonsense ends its own connection alone', async () => {
      const nonsense = open();
      nonsense.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'.repeat(10)));
      await nonsense.ended;

      const connection = open();
      connection.write(fastcgiRequest(UP));
      assert.equal((await connection.answersOf(1)).length, 1);
    });

    test('idle connections pin no thread: more of them than threads, and one is served', async () => {
      const idle = Array.from({ length: 40 }, () => open());
      for (const connection of idle) {
        connection.write(fastcgiRequest(UP));
        assert.equal((await connection.answersOf(1)).length, 1);
      }
      const late = open();
      late.write(fastcgiRequest(UP));
      assert.equal((await late.answersOf(1)).length, 1);
    });

    const signed = (method, resource, options) => ({
      REQUEST_METHOD: method,
      REQUEST_URI: signedResource(stack.env, method, resource, options),
    });

    /** Asks one after the other on one connection; the answers as texts. */
    async function askInTurn(...requests) {
      const connection = open();
      for (const [index, bytes] of requests.entries()) {
        connection.write(bytes);
        assert.equal((await connection.answersOf(index + 1)).length, index + 1);
      }
      return connection.answers();
    }

    // A web server that passes a chunked body on has no length to tell.
    test('HTTP API §5.2: a body without CONTENT_LENGTH is read to its end', async () => {
      const body = JSON.stringify({ name: 'made', channel: 'news', data: 'x'.repeat(9000) });
      const post = signed('POST', '/events', { body });

      const answers = await askInTurn(
        fastcgiRequest({ ...post, CONTENT_LENGTH: null }, Buffer.from(body)),
        fastcgiRequest({ ...post, CONTENT_LENGTH: '' }, Buffer.from(body)),
        fastcgiRequest(post, Buffer.from(body)),
      );

      for (const answer of answers) assert.match(answer, /^Status: 200 OK\r\n.*\r\n\r\n\{\}$/s);
    });

    test('HTTP API §5.1: a body without CONTENT_LENGTH that is too large is 413', async () => {
      const connection = open();
      const post = { ...signed('POST', '/events'), CONTENT_LENGTH: null };
      connection.write(fastcgiRequest(post, Buffer.alloc(2 * MAX_BODY, 'b')));
      assert.match((await connection.answersOf(1))[0] ?? '', /^Status: 413 /);
      await connection.ended;
    });

    test('HTTP API §5.2: signed requests on one connection, also after a 4xx', async () => {
      const answers = await askInTurn(
        fastcgiRequest(signed('GET', '/channels')),
        fastcgiRequest({ REQUEST_METHOD: 'GET', REQUEST_URI: `/apps/${stack.env.APP_ID}/channels` }),
        fastcgiRequest(signed('GET', '/connections')),
        fastcgiRequest(signed('GET', '/nothing')),
        fastcgiRequest(signed('GET', '/channels')),
      );
      const statuses = answers.map((answer) => Number(/^Status: (\d+)/.exec(answer)[1]));
      assert.deepEqual(statuses, [200, 401, 200, 404, 200]);
    });

    test('HTTP API §9: HEAD has the headers of the GET and no body', async () => {
      const [get, head, after] = await askInTurn(
        fastcgiRequest(signed('GET', '/channels')),
        fastcgiRequest(signed('HEAD', '/channels')),
        fastcgiRequest(signed('GET', '/channels')),
      );
      assert.equal(head, get.replace('{"channels":{}}', ''));
      assert.equal(after, get);
    });

    test('HTTP API §1: a wrong method is 405 with Allow', async () => {
      const [read, write] = await askInTurn(
        fastcgiRequest(signed('PUT', '/channels')),
        fastcgiRequest(signed('GET', '/events')),
      );
      assert.match(read, /^Status: 405 .*\r\nAllow: GET, HEAD\r\n/s);
      assert.match(write, /^Status: 405 .*\r\nAllow: POST\r\n/s);
    });

    test('under spawn-fcgi, with the listener on descriptor 0', async () => {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-spawn-'));
      const socket = path.join(folder, 's');
      const program = path.join(BUILD, 'pregon-fcgi');
      execFile('spawn-fcgi', ['-s', socket, '--', program, '--config', `${stack.dir}/pregon.env`], {
        env: { ...process.env, PREGON_PID_DIR: folder },
      });
      const pid = await until(() => pidIn(path.join(folder, 'fcgi')), 'the responder writes its pid');
      try {
        for (let round = 0; round < 2; round++) {
          const connection = open(socket);
          connection.write(fastcgiRequest(UP));
          assert.match((await connection.answersOf(1))[0] ?? '', /^Status: 200 /);
        }
        process.kill(pid, 'SIGTERM');
        await until(() => !isRunning(pid), 'SIGTERM ends it');
      } finally {
        if (isRunning(pid)) process.kill(pid, 'SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
  { settings: { PREGON_MAX_BODY_SIZE: String(MAX_BODY) } },
);
