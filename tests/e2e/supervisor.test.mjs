// The shipped program file with numprocs, under a supervisor of its own: each copy has its own
// sockets.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { FastcgiConnection, fastcgiRequest } from './support/fastcgi.mjs';
import { Inbox, until } from './support/inbox.mjs';
import { signedResource } from './support/signed_request.mjs';
import { BUILD, REPOSITORY } from './support/stack.mjs';

const KEYS = { APP_ID: '7', APP_KEY: 'key-of-the-copies', APP_SECRET: 'secret-of-the-copies' };
const COPIES = [0, 1];

describe('pregon-instances.conf under supervisor', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pregon-sv-'));
  const opened = [];
  let supervisor;

  before(async () => {
    for (const name of ['run', 'log', 'etc']) mkdirSync(path.join(folder, name));
    const shipped = readFileSync(
      path.join(REPOSITORY, 'etc/supervisor/pregon-instances.conf'),
      'utf8',
    )
      .replaceAll('/usr/bin/', `${BUILD}/`)
      .replaceAll('/etc/pregon', `${folder}/etc`)
      .replaceAll('/run/pregon', `${folder}/run`)
      .replaceAll('/var/log/pregon', `${folder}/log`)
      .replaceAll('user=pregon', `user=${os.userInfo().username}`);
    const lines = Object.entries(KEYS).map(([name, value]) => `REVERB_${name}=${value}\n`);
    lines.push('PREGON_DRAIN_SECONDS=0\n', `PREGON_DATABASE=sqlite:${folder}/pregon.db\n`);
    lines.push(`PREGON_CHANNELS=${REPOSITORY}/etc/channels.json\n`);
    writeFileSync(path.join(folder, 'etc/pregon.env'), lines.join(''), { mode: 0o600 });
    writeFileSync(
      path.join(folder, 'supervisord.conf'),
      `[supervisord]\nnodaemon=true\nlogfile=${folder}/supervisord.log\npidfile=${folder}/pid\n${shipped}`,
    );
    supervisor = spawn('supervisord', ['-c', path.join(folder, 'supervisord.conf')], {
      stdio: 'ignore',
    });
    for (const copy of COPIES) await until(() => isWell(copy), `copy ${copy} is well`);
  });

  after(async () => {
    for (const socket of opened) socket.terminate();
    supervisor.kill('SIGTERM');
    await until(() => supervisor.exitCode !== null, 'supervisord ends, and its programs with it');
    rmSync(folder, { recursive: true, force: true });
  });

  const socketOf = (name, copy) => path.join(folder, 'run', `${name}-${copy}.sock`);
  const log = (name, copy) => readFileSync(path.join(folder, 'log', `${name}-${copy}.log`), 'utf8');

  async function ask(copy, parameters, body) {
    const connection = new FastcgiConnection(socketOf('fcgi', copy));
    try {
      connection.write(fastcgiRequest(parameters, body));
      return (await connection.answersOf(1))[0] ?? '';
    } finally {
      connection.destroy();
    }
  }

  async function isWell(copy) {
    const answer = await ask(copy, { REQUEST_METHOD: 'GET', REQUEST_URI: '/up' }).catch(() => '');
    return answer.startsWith('Status: 200 ');
  }

  /** A client of one copy that has joined `news`; an Inbox of its messages. */
  async function join(copy) {
    const socket = new WebSocket(`ws+unix:${socketOf('ws', copy)}:/app/${KEYS.APP_KEY}?protocol=7`);
    opened.push(socket);
    const inbox = new Inbox(`copy ${copy}`);
    socket.on('message', (text) => inbox.push(JSON.parse(text)));
    socket.on('error', (error) => inbox.end(error));
    await inbox.next(({ event }) => event === 'pusher:connection_established');
    socket.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel: 'news' } }));
    await inbox.next(({ event }) => event === 'pusher_internal:subscription_succeeded');
    return inbox;
  }

  async function publish(copy, name) {
    const body = JSON.stringify({ name, channel: 'news', data: '{}' });
    const REQUEST_URI = signedResource(KEYS, 'POST', '/events', { body });
    const answer = await ask(copy, { REQUEST_METHOD: 'POST', REQUEST_URI }, Buffer.from(body));
    assert.match(answer, /^Status: 200 /);
  }

  test('an event reaches the clients of its own copy, and no other', async () => {
    const inboxes = [];
    for (const copy of COPIES) inboxes.push(await join(copy));

    for (const copy of COPIES) await publish(copy, `of-${copy}`);

    for (const copy of COPIES) {
      await inboxes[copy].next(({ event }) => event === `of-${copy}`);
      assert.deepEqual(
        inboxes[copy].all.map(({ event }) => event).filter((event) => event.startsWith('of-')),
        [`of-${copy}`],
      );
    }
  });

  test('a killed worker is started again, and the other copy goes on', async () => {
    const readyLines = (copy) => log('worker', copy).split('worker ready').length;
    const [starts, others] = [readyLines(1), readyLines(0)];
    const pid = Number(/"pid":(\d+)/.exec(await status(1))[1]);

    process.kill(pid, 'SIGKILL');

    await until(() => readyLines(1) > starts, 'worker 1 is ready again');
    await until(() => isWell(1), 'copy 1 is well again');
    assert.equal(readyLines(0), others);
    const inbox = await join(1);
    await publish(1, 'after');
    await inbox.next(({ event }) => event === 'after');
  });

  const status = (copy) =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, PREGON_IPC_SOCKET: socketOf('worker', copy) };
      const words = ['--config', path.join(folder, 'etc/pregon.env'), 'status', '--json'];
      const child = spawn(path.join(BUILD, 'pregonctl'), words, { env });
      let text = '';
      child.stdout.on('data', (bytes) => (text += bytes));
      child.on('exit', (code) =>
        code === 0 ? resolve(text) : reject(new Error(`status: ${code}`)),
      );
    });
});
