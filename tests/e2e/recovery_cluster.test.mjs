// SPDX-License-Identifier: MIT

// Pages with a resume token before several workers: each comes back to its own, and what is published
// through any worker is kept for it. With the shipped files of nginx and Caddy.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { until } from './support/inbox.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { ResumingSocket, tokenFor } from './support/recovery.mjs';
import { SeveralWorkers } from './support/several_workers.mjs';
import { postEvent } from './support/signing.mjs';
import { FRONTS } from './support/stack.mjs';

const PAGES = 12;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

for (const kind of FRONTS)
  describe(`pages with tokens before three workers, ${kind}`, () => {
    const several = new SeveralWorkers(kind, { PREGON_FCGI_THREADS: '2' });
    let env;
    before(async () => {
      await several.start();
      env = several.front.plainEnv;
      const ages = () => Promise.all(several.workers.map(async (worker) => (await worker.status()).uptime_seconds));
      await until(async () => (await ages()).every((age) => age >= 2), 'the workers have their age');
    });
    afterEach(async () => {
      PusherSocket.closeAll();
      await until(async () => sum(await several.connections()) === 0, 'nobody is left');
    });
    after(() => several.stop());

    const publish = async (channel, name) =>
      assert.equal((await postEvent(env, { name, channel, data: 0 })).status, 200);
    const away = () => until(async () => sum(await several.connections()) === 0, 'all are away');

    test('each comes back to its own worker and gets what was published through any', async () => {
      const tokens = Array.from({ length: PAGES }, () => tokenFor());
      for (const [i, token] of tokens.entries()) {
        const page = await ResumingSocket.connect(env, token);
        await page.join(i % 2 ? 'private-shop.7' : `private-shop.${100 + i}`);
      }
      const counts = await several.connections();
      assert.ok(counts.filter((count) => count > 0).length > 1, `they are spread: ${counts}`);
      PusherSocket.closeAll();
      await away();
      await publish('private-shop.7', 'one');
      for (let i = 0; i < PAGES; i += 2) await publish(`private-shop.${100 + i}`, 'one');

      for (const [i, token] of tokens.entries()) {
        const channel = i % 2 ? 'private-shop.7' : `private-shop.${100 + i}`;
        const back = await ResumingSocket.connect(env, token);
        await back.join(channel);
        assert.deepEqual([i, await back.story(channel)], [i, ['replay 1', 'one']]);
      }
      assert.deepEqual(await several.connections(), counts);
    });

    test('presence and cache channels, and a page that comes to another worker', async () => {
      const token = tokenFor();
      const page = await ResumingSocket.connect(env, token);
      await page.join('presence-room', '{"user_id":"7"}');
      await page.join('cache-prices');
      const own = (await several.connections()).indexOf(1);
      await page.drop();
      await away();
      for (const channel of ['presence-room', 'cache-prices']) await publish(channel, 'missed');
      const back = await ResumingSocket.connect(env, token);
      await back.join('presence-room', '{"user_id":"7"}');
      await back.join('cache-prices');
      assert.deepEqual(await back.story('presence-room'), ['replay 1', 'missed']);
      assert.deepEqual(await back.story('cache-prices'), ['replay 1', 'missed']);
      await back.drop();

      const other = several.workers[(own + 1) % 3];
      const unixSocket = other.settings.PREGON_WS_LISTEN.replace('unix:', '');
      const old = tokenFor(3_600_000);
      const stranger = await ResumingSocket.connect(env, old, { unixSocket });
      await stranger.join('presence-room', '{"user_id":"7"}');
      assert.deepEqual(await stranger.story('presence-room'), ['gap restarted']);
    });

    if (kind === 'nginx')
      test('the access log of nginx shows no token', async () => {
        const token = tokenFor();
        const page = await ResumingSocket.connect(env, token);
        await page.close();
        const file = path.join(several.front.folder, 'access.log');
        const text = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
        await until(() => text().includes(`/app/${env.APP_KEY}~...`), 'the line is there');
        assert.ok(!text().includes(token.split('.')[1]));
        assert.match(text(), /"GET \/app\/\S+~\.\.\. HTTP\/1\.1" 101 /);
      });
  });
