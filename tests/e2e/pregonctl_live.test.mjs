// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { runPregonctl } from './support/pregonctl.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { BUILD, withStack } from './support/stack.mjs';
import { publisher } from './support/clients.mjs';

/** A running `pregonctl tail`; `lines` is what it has printed. */
class Tail {
  static #running = new Set();

  constructor(stack, ...words) {
    const config = path.join(stack.dir, 'pregon.env');
    this.process = spawn(path.join(BUILD, 'pregonctl'), ['--config', config, 'tail', ...words]);
    Tail.#running.add(this.process);
    this.text = '';
    this.process.stdout.on('data', (bytes) => (this.text += bytes));
    this.ended = new Promise((resolve) => this.process.on('close', resolve));
  }

  get lines() {
    return this.text.split('\n').slice(0, -1);
  }

  /** Publishes probes until one is shown: from then on everything is. */
  async begun(stack, channel) {
    await until(async () => {
      await stack.pregonctl('publish', channel, 'probe');
      return this.text.includes('probe');
    }, 'tail has begun');
    return this;
  }

  static stopAll() {
    for (const process of Tail.#running) process.kill('SIGKILL');
    Tail.#running.clear();
  }
}

withStack('pregonctl and the running worker', 'nginx', (stack) => {
  afterEach(async () => {
    Tail.stopAll();
    await PusherSocket.leaveAll();
  });

  test('publish reaches the subscribers, from an argument and from stdin', async () => {
    const ana = await PusherSocket.connect(stack.env);
    await ana.join('news');

    assert.equal(
      await stack.pregonctl('publish', 'news', 'Paid', '{"id":42}'),
      'published Paid on news\n',
    );
    assert.deepEqual((await ana.next('Paid')).data, { id: 42 });
    const piped = await runPregonctl(stack, ['publish', 'news', 'Piped', '-'], { input: '[1,2]' });
    assert.equal(piped.code, 0);
    assert.deepEqual((await ana.next('Piped')).data, [1, 2]);
  });

  test('publish says by its exit code what went wrong', async () => {
    for (const [words, code, text] of [
      [['a b', 'e'], 2, /not a channel's name/],
      [['private-encrypted-a', 'e'], 2, /only the application can encrypt/],
      [['news', 'pusher:e'], 2, /reserved/],
      [['news', 'e', 'd', '--app', 'nobody'], 1, /application nobody is not configured/],
      [['news', 'e', 'x'.repeat(10241)], 1, /PREGON_MAX_EVENT_SIZE/],
      [['news'], 2, /EVENT is required/],
    ]) {
      const run = await runPregonctl(stack, ['publish', ...words]);
      assert.equal(run.code, code, words.join(' '));
      assert.match(run.stderr, text);
    }
  });

  test('connections and channels tell who is there', async () => {
    const ana = await PusherSocket.connect(stack.env);
    await ana.join('news');
    await ana.join('presence-room', '{"user_id":"7"}');

    const { connections } = JSON.parse(await stack.pregonctl('connections', '--json'));
    const [one] = connections.filter(({ id }) => id === ana.id);
    assert.equal(one.app, stack.env.APP_ID);
    assert.equal(one.address, '127.0.0.1');
    assert.equal(one.user_id, '7');
    assert.equal(one.queued_bytes, 0);
    assert.deepEqual(one.channels, ['news', 'presence-room']);
    assert.ok(Math.abs(one.since - Date.now() / 1000) < 3600, `since ${one.since}`);
    const { channels } = JSON.parse(await stack.pregonctl('channels', '--json'));
    assert.deepEqual(channels, [
      { name: 'news', app: stack.env.APP_ID, subscriptions: 1 },
      { name: 'presence-room', app: stack.env.APP_ID, subscriptions: 1, users: 1 },
    ]);

    assert.match(await stack.pregonctl('connections'), new RegExp(`\n${ana.id} .* 2 .* 0 .* 7 +-\n`));
    assert.match(await stack.pregonctl('channels', 'presence-'), /^APP[^\n]*\n[^\n]*presence-room  1  +1\n$/);
    assert.equal((await runPregonctl(stack, ['channels', '--app', 'nobody'])).code, 1);
  });

  test('connections lists each of many once', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 700 }, () => PusherSocket.connect(stack.env)),
    );
    const { connections } = JSON.parse(await stack.pregonctl('connections', '--json'));
    assert.deepEqual(
      connections.map(({ id }) => id).sort(),
      sockets.map(({ id }) => id).sort(),
    );
  });

  test('tail shows the events of the API and of clients, on its channel only', async () => {
    const ana = await PusherSocket.connect(stack.env);
    await ana.join('private-room');
    const tail = await new Tail(stack, 'private-room', '--json').begun(stack, 'private-room');
    await publisher(stack.env).trigger('other', 'unseen', {});
    await publisher(stack.env).trigger('private-room', 'seen', { a: 'á' });
    ana.send('client-typing', { b: 1 }, { channel: 'private-room' });
    await until(() => tail.text.includes('client-typing'), 'the client event');

    const events = tail.lines.map((line) => JSON.parse(line));
    assert.ok(events.every(({ channel }) => channel === 'private-room'));
    const [seen, typing] = events.filter(({ message }) => message.event !== 'probe');
    assert.equal(seen.message.data, '{"a":"á"}');
    assert.equal(seen.deliveries, 1);
    assert.equal(seen.sender, null);
    assert.equal(typing.sender, ana.id);
    assert.deepEqual(typing.message.data, { b: 1 });
    assert.equal(typing.deliveries, 0);
  });

  test('a tail that does not read holds nobody up, and is told what it missed', async () => {
    const tail = await new Tail(stack, '--all', '--json').begun(stack, 'news');
    const ana = await PusherSocket.connect(stack.env);
    await ana.join('news');
    tail.process.kill('SIGSTOP');
    const pusher = publisher(stack.env);
    const events = 400; // of 10 kB: more than its pipe, both sockets and the queue hold
    for (let sent = 0; sent < events; sent += 10)
      await pusher.triggerBatch(
        Array.from({ length: 10 }, () => ({ channel: 'news', name: 'big', data: 'x'.repeat(10000) })),
      );
    for (let heard = 0; heard < events; heard++) await ana.next('big');
    tail.process.kill('SIGCONT');
    await until(() => tail.text.includes('"dropped":'), 'the news of what was missed');
    const count = (text) => tail.text.split(text).length - 1;
    const missed = () =>
      tail.lines
        .map((line) => JSON.parse(line).dropped ?? 0)
        .reduce((sum, dropped) => sum + dropped, 0);
    await until(() => count('"big"') + missed() === events, 'each event shown or counted');
    assert.ok(missed() > 0);
  });

  test('tail refuses what it cannot watch', async () => {
    for (const [words, code] of [
      [[], 2],
      [['news', '--all'], 2],
      [['a b'], 2],
      [['news', '--app', 'nobody'], 1],
    ])
      assert.equal((await runPregonctl(stack, ['tail', ...words])).code, code, words.join(' '));
  });

  test('without a worker each of them says so, and tail ends', async () => {
    const tail = await new Tail(stack, '--all').begun(stack, 'news');
    await stack.stop('worker');
    assert.equal(await tail.ended, 3);
    for (const words of [
      ['status'],
      ['drain'],
      ['connections'],
      ['channels'],
      ['publish', 'news', 'e'],
      ['tail', 'news'],
    ]) {
      const run = await runPregonctl(stack, words);
      assert.equal(run.code, 3, words.join(' '));
      assert.match(run.stderr, /^pregonctl: pregon-worker does not answer on .*worker\.sock: /);
    }
    await stack.start('worker');
  });
});
