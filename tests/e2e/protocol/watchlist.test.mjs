// SPDX-License-Identifier: MIT

// Who of a user's watchlist is online: §8.3 of the WebSocket protocol.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { AppsFile } from '../support/apps.mjs';
import { PusherSocket } from '../support/pusher_socket.mjs';
import { withStack } from '../support/stack.mjs';

const apps = new AppsFile({ watching: { watchlist: true } });
const EVENTS = 'pusher_internal:watchlist_events';

withStack(
  'watchlists',
  'none',
  (stack) => {
    afterEach(() => PusherSocket.leaveAll());

    async function signedIn(id, watchlist, env = apps.env(stack, 'watching')) {
      const socket = await PusherSocket.connect(env);
      await socket.signIn({ id, watchlist });
      return socket;
    }

    /** What the socket was told, each message as `+8,9 -10`. */
    async function told(socket) {
      const messages = await socket.heard(/^pusher_internal:watchlist_events$/);
      const sign = { online: '+', offline: '-' };
      return messages.map(({ data }) =>
        data.events.map((entry) => sign[entry.name] + entry.user_ids.join()).join(' '),
      );
    }

    test('§8.3 the state at sign-in, to the letter', async () => {
      await signedIn('8');
      const ana = await signedIn('7', ['8', '9', '10']);
      await ana.settled();
      const events = [
        { name: 'online', user_ids: ['8'] },
        { name: 'offline', user_ids: ['9', '10'] },
      ];
      const messages = ana.texts.slice(1, -1).map((text) => JSON.parse(text));
      assert.equal(messages[0].event, 'pusher:signin_success');
      assert.deepEqual(messages.slice(1), [{ event: EVENTS, data: JSON.stringify({ events }) }]);
    });

    test('§8.3 empty entries are left out', async () => {
      await signedIn('8');
      assert.deepEqual(await told(await signedIn('7', ['8'])), ['+8']);
      assert.deepEqual(await told(await signedIn('7', ['9'])), ['-9']);
      assert.deepEqual(await told(await signedIn('7', [])), []);
      assert.deepEqual(await told(await signedIn('7')), []);
    });

    test('§8.3 a user comes with the first signed-in socket and goes with the last', async () => {
      const ana = await signedIn('7', ['8']);
      const tabs = [await signedIn('8'), await signedIn('8')];
      assert.deepEqual(await told(ana), ['-8', '+8']);
      await tabs[0].close();
      assert.deepEqual(await told(ana), ['-8', '+8']);
      await tabs[1].close();
      assert.deepEqual(await told(ana), ['-8', '+8', '-8']);
    });

    test('§8.3 every socket of every watcher is told, nobody else', async () => {
      const watchers = [
        await signedIn('1', ['8']),
        await signedIn('1', ['8']),
        await signedIn('2', ['8']),
      ];
      const other = await signedIn('3', ['9']);
      await signedIn('8');
      for (const socket of watchers) assert.deepEqual((await told(socket)).at(-1), '+8');
      assert.deepEqual(await told(other), ['-9']);
    });

    test('§8.3 presence alone is not online', async () => {
      const ana = await signedIn('7', ['8']);
      const beto = await PusherSocket.connect(ana.env);
      await beto.join('presence-x', '{"user_id":"8"}');
      assert.deepEqual(await told(ana), ['-8']);
    });

    test('§8.3 a second sign-in replaces the list', async () => {
      const ana = await signedIn('7', ['8']);
      await ana.signIn({ id: '7', watchlist: ['9'] });
      await signedIn('8');
      await signedIn('9');
      assert.deepEqual(await told(ana), ['-8', '-9', '+9']);
    });

    test('§8.3 duplicates count once', async () => {
      assert.deepEqual(await told(await signedIn('7', ['9', '8', '9'])), ['-9,8']);
    });

    test('§8.3 the own id is allowed, and online', async () => {
      const ana = await signedIn('7', ['7']);
      assert.deepEqual(await told(ana), ['+7']);
    });

    test('§8.3 of more than 100 ids the first 100 count, and 4302 says so', async () => {
      const ids = Array.from({ length: 101 }, (_, index) => `u${index}`);
      const full = await signedIn('7', ids.slice(0, 100));
      assert.deepEqual(await told(full), [`-${ids.slice(0, 100).join()}`]);
      assert.deepEqual(await full.heard(/error/), []);

      const cut = await signedIn('7', ids);
      assert.deepEqual(await told(cut), [`-${ids.slice(0, 100).join()}`]);
      assert.deepEqual(await cut.nextError(), {
        code: 4302,
        message: 'Watchlist limit exceeded. Only the first 100 user IDs are accepted.',
      });
      await signedIn('u100');
      await signedIn('u99');
      assert.deepEqual((await told(cut)).slice(1), ['+u99']);
    });

    test('§8.3 an application that does not ask for it: nothing', async () => {
      const ana = await signedIn('7', ['8'], stack.env);
      await signedIn('8', undefined, stack.env);
      assert.deepEqual(await told(ana), []);
    });
  },
  { settings: apps.settings },
);
