// SPDX-License-Identifier: MIT

// Liveness as other people's client libraries meet it: each stays, on a busy channel and on a quiet
// one, for three intervals and more; §2.1 and §3.2 of the WebSocket protocol.
// starts early, because it waits for three intervals in each test

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, test } from 'node:test';
import { AppsFile } from './support/apps.mjs';
import { publisher } from './support/clients.mjs';
import { Inbox } from './support/inbox.mjs';
import { LIBRARIES, OtherClient } from './support/other_clients.mjs';
import { PusherSocket } from './support/pusher_socket.mjs';
import { REPOSITORY, withStack } from './support/stack.mjs';

const apps = new AppsFile({
  probed: { ping_interval: 1, pong_timeout: 4 },
  eager: { ping_interval: 3, pong_timeout: 4, activity_timeout: 1 },
});
const PROBES = 3;
const EVENT_EVERY_MS = 100;
const CHANNELS = { busy: 'cache-busy', quiet: 'cache-quiet' };
const PYTHON_CLIENT = path.join(REPOSITORY, 'tests/e2e/fixtures/websockets_client.py');
const PYTHON = '/usr/bin/python3'; // Debian's, whose libraries are its packages
const HAS_WEBSOCKETS = spawnSync(PYTHON, ['-c', 'import websockets']).status === 0;

withStack(
  "other people's clients",
  'nginx',
  (stack) => {
    const opened = [];
    afterEach(() => {
      opened.splice(0).forEach((client) => client.end());
      PusherSocket.closeAll();
    });
    const env = (name = 'probed') => apps.env(stack, name);
    const keep = (client) => {
      opened.push(client);
      return client;
    };

    /** Events to the busy channel while `visit` runs. */
    async function whileBusy(name, visit) {
      const sdk = publisher(env(name));
      let isOn = true;
      const traffic = (async () => {
        while (isOn) {
          await sdk.trigger(CHANNELS.busy, 'tick', {});
          await new Promise((resolve) => setTimeout(resolve, EVENT_EVERY_MS));
        }
      })();
      try {
        await visit();
      } finally {
        isOn = false;
        await traffic;
      }
    }

    /** The client hears so many probes and still gets events. */
    async function stays(client, channel) {
      for (let probe = 1; probe <= PROBES; probe++) await client.hears('<ping>');
      await publisher(env()).trigger(channel, 'still-there', {});
      await client.hears('still-there');
    }

    for (const [name, library] of Object.entries(LIBRARIES)) {
      test(`${name} stays on a quiet channel`, async () => {
        await stays(keep(await OtherClient.connect(env(), library, CHANNELS.quiet)), CHANNELS.quiet);
      });

      test(`${name} stays on a busy channel`, async () => {
        const client = keep(await OtherClient.connect(env(), library, CHANNELS.busy));
        await whileBusy('probed', () => stays(client, CHANNELS.busy));
      });

      test(`${name} gets an answer to each ping of its own`, async () => {
        const options = { pingsAfterSilence: true };
        const client = keep(
          await OtherClient.connect(env('eager'), library, CHANNELS.quiet, options),
        );
        const [opcode] = library.ping;
        const answer = opcode === 9 ? '<pong>' : 'pusher:pong';
        for (let ping = 1; ping <= PROBES; ping++) await client.hears(answer);
      });
    }

    test('a client that answers nothing is closed, on a busy channel too', async () => {
      const deaf = { query: 'protocol=7', answersPings: false, pong: null };
      const client = keep(await OtherClient.connect(env(), deaf, CHANNELS.busy));
      await whileBusy('probed', () => assert.rejects(client.hears('no such event'), /4201/));
    });

    const skip = !HAS_WEBSOCKETS && 'python3-websockets is not installed';
    for (const [kind, channel] of Object.entries(CHANNELS))
      test(`python3-websockets, which answers Ping frames alone, stays: ${kind}`, { skip }, async () => {
        const { WS_URL, APP_KEY } = env();
        const url = `${WS_URL}/app/${APP_KEY}?protocol=7`;
        const child = spawn(PYTHON, [PYTHON_CLIENT, url, channel], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        keep({ end: () => child.kill() });
        const heard = new Inbox('what python heard');
        createInterface({ input: child.stdout }).on('line', (line) =>
          line.startsWith('closed') ? heard.end(new Error(line)) : heard.push({ event: line }),
        );
        child.on('exit', (code) => heard.end(new Error(`python ended with ${code}`)));
        const hears = (event) => heard.next((message) => message.event === event, event);
        await hears('pusher_internal:subscription_succeeded');
        const visit = async () => {
          for (let probe = 1; probe <= PROBES; probe++) await hears('pusher:ping');
          await publisher(env()).trigger(channel, 'still-there', {});
          await hears('still-there');
        };
        await (kind === 'busy' ? whileBusy('probed', visit) : visit());
      });
  },
  { settings: apps.settings },
);
