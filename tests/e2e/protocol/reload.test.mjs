// SPDX-License-Identifier: MIT

// SIGHUP: the configuration anew, while the connections stay.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile, REVERBS_CLIENT_EVENTS } from '../support/apps.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { changeSettings, reloadWorker } from '../support/reload.mjs';
import { withStack } from '../support/stack.mjs';

const SUCCEEDED = 'pusher_internal:subscription_succeeded';
const OFF = { code: 4301, message: 'The app does not have client messaging enabled.' };
const apps = new AppsFile({ second: { client_events_on_public: true } });

withStack(
  'reloading the worker',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    const connect = (env = stack.env) => PusherSocket.connect(env);
    const refusal = (env = stack.env) => new PusherSocket(env).refused();
    async function reload(values) {
      changeSettings(stack, values);
      assert.match(await reloadWorker(stack), /worker reloaded/);
    }
    async function isRefusedAsInvalid(values, why) {
      changeSettings(stack, values);
      const line = await reloadWorker(stack);
      assert.match(line, /config invalid/);
      assert.match(line, why);
    }

    test('the same file again: the process, its sockets and what they joined stay', async () => {
      const pid = stack.pid('worker');
      const [ana, beto] = [await connect(), await connect()];
      for (const socket of [ana, beto])
        await socket.join('presence-x', `{"user_id":"${socket.id}"}`);
      await reload({});
      ana.send('client-said', 1, { channel: 'presence-x' });
      assert.equal((await beto.next('client-said')).user_id, ana.id);
      assert.equal(stack.pid('worker'), pid);
    });

    test("an application's new limits hold for new sockets and for open ones", async () => {
      const open = await connect();
      await open.join('news');
      await reload({
        REVERB_APP_MAX_CONNECTIONS: '1',
        REVERB_APP_ACTIVITY_TIMEOUT: '7',
        REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM: 'none',
      });
      assert.equal((await refusal()).code, 4004);
      open.send('client-said', 1, { channel: 'news' });
      assert.deepEqual(await open.nextError(), OFF);
      await open.close();
      const late = await connect();
      const [{ data }] = late.inbox.all;
      assert.equal(data.activity_timeout, 7);

      await reload({
        REVERB_APP_MAX_CONNECTIONS: null,
        REVERB_APP_ACTIVITY_TIMEOUT: null,
        REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM: null,
      });
      await connect();
      await late.join('news');
      late.send('client-said', 1, { channel: 'news' });
      assert.deepEqual(await late.heard(/error/), []);
    });

    test("the worker's own limits too", async () => {
      const open = await connect();
      await open.join('a');
      await open.join('b');
      await reload({ PREGON_MAX_CHANNELS_PER_CONNECTION: '2', PREGON_MAX_CONNECTIONS: '1' });
      open.send('pusher:subscribe', { channel: 'c' });
      assert.equal((await open.nextError()).code, 4100);
      assert.equal((await refusal()).code, 4100);
      await reload({ PREGON_MAX_CHANNELS_PER_CONNECTION: null, PREGON_MAX_CONNECTIONS: null });
      await open.join('c');
      await connect();
    });

    test('another prefix', async () => {
      const options = { path: `/ws/app/${stack.env.APP_KEY}` };
      assert.equal((await new PusherSocket(stack.env, options).refused()).code, 4005);
      await reload({ REVERB_SERVER_PATH: '/ws' });
      await PusherSocket.connect(stack.env, options);
      await reload({ REVERB_SERVER_PATH: null });
    });

    test('a new secret: the old one signs no more', async () => {
      const socket = await connect();
      const old = stack.env.APP_SECRET;
      await reload({ REVERB_APP_SECRET: 'another-secret' });
      try {
        socket.env = { ...stack.env, APP_SECRET: 'another-secret' };
        await socket.join('private-x');
        socket.env = stack.env;
        await assert.rejects(
          Promise.race([
            socket.join('private-y'),
            socket.nextError().then(({ code }) => Promise.reject(new Error(String(code)))),
          ]),
          /4009/,
        );
      } finally {
        await reload({ REVERB_APP_SECRET: old });
      }
    });

    test('applications come and go; who is in one that went may stay', async () => {
      const [second, third] = ['second', 'third'].map((name) => apps.env(stack, name));
      const [ana, beto] = [await connect(second), await connect(second)];
      for (const socket of [ana, beto]) await socket.join('news');
      assert.equal((await refusal(third)).code, 4001);

      apps.write({ third: {} });
      await reload({});
      await connect(third);
      assert.ok([4001, 4003].includes((await refusal(second)).code));
      ana.send('client-said', 1, { channel: 'news' });
      await beto.next('client-said');

      apps.write({ second: { activity_timeout: 9 }, third: { enabled: false } });
      await reload({});
      await connect(second);
      assert.equal((await refusal(third)).code, 4003);
    });

    const INVALID = {
      'a value that is no number': ['REVERB_APP_MAX_CONNECTIONS', 'many', /not an integer/],
      'a value out of range': ['REVERB_APP_ACTIVITY_TIMEOUT', '0', /must be 1 to/],
      'an unknown setting': ['PREGON_NO_SUCH_THING', '1', /unknown setting/],
      'a boolean that is none': ['PREGON_APP_ENABLED', 'maybe', /must be true or false/],
    };
    for (const [kind, [key, value, why]] of Object.entries(INVALID)) {
      test(`${kind}: nothing changes, and the log says where and why`, async () => {
        const open = await connect();
        await isRefusedAsInvalid(
          { [key]: value, REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM: 'none' },
          why,
        );
        const line = await reloadWorker(stack);
        assert.match(line, new RegExp(`pregon\\.env:\\d+: ${key}`));

        await open.join('news');
        open.send('client-said', 1, { channel: 'news' });
        assert.deepEqual(await open.heard(/error/), []);
        await connect();
        await reload({ [key]: null, REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM: null });
      });
    }

    test('a file of applications that is not valid: nothing changes', async () => {
      const env = apps.env(stack, 'second');
      apps.write({ second: {} });
      await reload({});
      apps.write({ second: { enabled: false }, broken: { max_connections: 'many' } });
      const line = await reloadWorker(stack);
      assert.match(line, /config invalid/);
      assert.match(line, /apps\.json: application 2: max_connections: not an integer/);
      await connect(env);
      apps.write({ second: {} });
      await reload({});
    });

    test('several SIGHUPs in a row, under traffic: nothing is lost', async () => {
      const [ana, beto] = [await connect(), await connect()];
      for (const socket of [ana, beto]) await socket.join('news');
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      for (const n of numbers) {
        if (n % 20 === 0) process.kill(stack.pid('worker'), 'SIGHUP');
        ana.send('client-said', n, { channel: 'news' });
      }
      await reload({});
      await ana.settled();
      assert.deepEqual(
        (await beto.heard(/^client-said$/)).map(({ data }) => data),
        numbers,
      );
      assert.equal(beto.inbox.all[1].event, SUCCEEDED);
    });
  },
  { settings: { ...apps.settings, ...REVERBS_CLIENT_EVENTS } },
);
