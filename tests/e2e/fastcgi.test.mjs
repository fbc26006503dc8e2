import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { FastcgiConnection, fastcgiRequest } from './support/fastcgi.mjs';
import { until } from './support/inbox.mjs';
import { BUILD, readKeyValues, withStack } from './support/stack.mjs';

const UP = { REQUEST_METHOD: 'GET', REQUEST_URI: '/up' };
const POST = { REQUEST_METHOD: 'POST', REQUEST_URI: '/up', CONTENT_TYPE: 'text/plain' };
const MAX_BODY = 20000;
const LIBRARY_BUFFER = 8192;
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
